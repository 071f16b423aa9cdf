"""CPU time of processes, from /proc: the figure that other work on the machine disturbs least."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def session_seconds(leader: int) -> float:
    """Of all living processes in the session that this process leads."""
    return sum(ticks for _, _, session, ticks in _processes() if session == leader) / _TICKS


def family_seconds(parent: int) -> float:
    """Of a process and its living children."""
    return sum(t for pid, above, _, t in _processes() if parent in (pid, above)) / _TICKS


def _processes() -> list[tuple[int, int, int, int]]:
    """(pid, parent, session, ticks) of each."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            text = (folder / "stat").read_text()
        except OSError:  # ended meanwhile
            continue
        fields = text.rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        found.append((int(folder.name), int(fields[1]), int(fields[3]), ticks))
    return found
