"""Servers of a test session keep their files in memory, and a killed session leaves none there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import scratch


def test_a_folder_lies_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "ROOM", 0)
    assert scratch.folder(tmp_path).parent == tmp_path


@pytest.mark.parametrize("memory", ["", "nowhere"])
def test_a_folder_lies_on_the_disk_where_memory_is_short_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: str
) -> None:
    monkeypatch.setattr(scratch, "ROOM", 2**80)
    made = scratch.folder(tmp_path / memory)
    assert made.parent not in (tmp_path, tmp_path / memory)
    made.rmdir()


def test_what_a_killed_session_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    names = {f"sluice-test-{gone}-a", f"sluice-test-{os.getpid()}-b", "sluice-test", "another"}
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    made = scratch.folder(tmp_path)
    left = {one.name for one in tmp_path.iterdir()} - {made.name}
    assert left == names - {f"sluice-test-{gone}-a"}
    if made.parent != tmp_path:
        made.rmdir()
