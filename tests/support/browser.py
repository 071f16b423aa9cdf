"""Finding Chromium and starting it the same way everywhere."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: No traffic of its own, and no sandbox that needs rights a container lacks.
ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable(playwright: Playwright) -> str | None:
    """Path of a Chromium: $CHROMIUM, one on PATH, or playwright's own; None without any."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    for name in NAMES:
        if found := shutil.which(name):
            return found
    own = Path(playwright.chromium.executable_path)
    return str(own) if own.is_file() else None


def launch(playwright: Playwright) -> Browser:
    """Start Chromium without a window; as root it must do without its own sandbox."""
    path = executable(playwright)
    assert path is not None, "No Chromium is installed. `make test` installs one."
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return playwright.chromium.launch(executable_path=path, args=arguments)
