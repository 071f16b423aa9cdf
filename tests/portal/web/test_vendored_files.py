"""The files of other projects are the ones that vendor.toml names."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from scripts import vendor

ROOT = settings.BASE_DIR


def assets() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((ROOT / "vendor.toml").read_text())["asset"]
    return found


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the vendored folder with the sprite beside it, as the manifest expects."""
    folder = tmp_path / "vendor"
    shutil.copytree(vendor.FOLDER, folder)
    shutil.copy(vendor.FOLDER.parent / "icons.svg", tmp_path)
    return folder


def test_the_check_command_passes() -> None:
    command = [sys.executable, "scripts/vendor.py", "check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_changed_file_is_named(copied: Path) -> None:
    with (copied / "htmx.min.js").open("a") as file:
        file.write(";")
    problems = vendor.check(assets(), copied)
    assert len(problems) == 1
    assert problems[0].startswith("htmx.min.js has sha256")


def test_a_missing_file_and_a_stranger_are_named(copied: Path) -> None:
    (copied / "htmx.min.js").unlink()
    (copied / "chart.js").write_text("")
    problems = " ".join(vendor.check(assets(), copied))
    assert "htmx.min.js is missing" in problems
    assert "chart.js is not named" in problems


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"version": "latest"}, "not an exact version"),
        ({"licence": "Proprietary"}, "licence Proprietary"),
        ({"files": []}, "licence text"),
        ({"source": "npm:htmx.org@9.9.9"}, "does not name"),
    ],
)
def test_a_careless_manifest_is_refused(change: dict[str, Any], complaint: str) -> None:
    asset = {**assets()[1], **change}
    assert complaint in " ".join(vendor.check_facts(asset))


def test_no_file_asks_for_a_source_map() -> None:
    for path in vendor.FOLDER.iterdir():
        assert b"sourceMappingURL" not in path.read_bytes(), path.name
