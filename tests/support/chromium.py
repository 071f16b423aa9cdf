"""`python -m tests.support.chromium`: make sure that the browser tests have a Chromium."""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import sync_playwright

from tests.support.browser import executable

DEBIAN = (["apt-get", "update", "--quiet"], ["apt-get", "install", "--quiet", "--yes", "chromium"])
DOWNLOAD = ([sys.executable, "-m", "playwright", "install", "chromium"],)


def main() -> int:
    """Install one if there is none; 0 when the tests can start."""
    if find():
        return 0
    debian = os.geteuid() == 0 and shutil.which("apt-get") is not None
    how = "Debian's package chromium" if debian else "playwright's own download"
    say(f"No Chromium is installed; installing {how}.")
    for command in DEBIAN if debian else DOWNLOAD:
        say("+ " + " ".join(command))
        if subprocess.run(command, check=False).returncode != 0:
            break
    if not find():
        say("That did not work. Install Chromium yourself, or set CHROMIUM to its path.")
        return 1
    return 0


def find() -> str | None:
    with sync_playwright() as playwright:
        return executable(playwright)


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
