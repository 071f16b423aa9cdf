"""Folders for throw-away servers, in memory where there is plenty of it.

A database is some thousand files, and most of the time that making one takes is theirs.
"""

import os
import shutil
import tempfile
from pathlib import Path

#: A file system in memory, on Linux.
MEMORY = Path("/dev/shm")
#: Bytes that have to be free there; a session takes a tenth of them.
ROOM = 4 * 1024**3
_NAME = "sluice-test"


def folder(memory: Path = MEMORY) -> Path:
    """A new folder of this process. What sessions left in memory that were killed is removed."""
    _sweep(memory)
    home = memory if memory.is_dir() and shutil.disk_usage(memory).free >= ROOM else None
    return Path(tempfile.mkdtemp(prefix=f"{_NAME}-{os.getpid()}-", dir=home))


def _sweep(memory: Path) -> None:
    for left in memory.glob(f"{_NAME}-*-*"):
        maker = left.name.split("-")[2]
        if not Path(f"/proc/{maker}").exists():
            shutil.rmtree(left, ignore_errors=True)
