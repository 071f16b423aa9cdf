"""Starting the demo for a test, in a data folder of its own."""

import re
import stat
from collections.abc import Mapping
from pathlib import Path

from tests.support.processes import Child, Processes

STOPPED = "Everything is stopped; the data is kept."


def start(
    processes: Processes, data: Path, *arguments: str, environ: Mapping[str, str] | None = None
) -> Child:
    """Start it on any port and wait for its greeting."""
    child = processes.manage(
        "demo", "--port", "0", "--data", str(data), *arguments, environ=environ
    )
    child.wait_for("Ctrl-C stops everything", timeout=120)
    return child


def greeting(child: Child) -> dict[str, str]:
    """Sluice's address, user, password and the sandbox's address."""
    return dict(re.findall(r"(?m)^    (Sluice|user|password|sandbox) +(\S+)", child.output))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
