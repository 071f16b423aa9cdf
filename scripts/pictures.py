"""Make the pictures of docs/pictures/ from the story of the browser tests.

    python -m scripts.pictures

Starts throw-away servers, lets everything of the story happen, and photographs each page, light and
dark, wide, and some of them on a phone. Needs Chromium; nobody has to look on.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

os.environ["SLUICE_DATA"] = tempfile.mkdtemp(prefix="sluice-pictures-")
os.environ["REQUIRE_MFA"] = "false"
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"

import django
from playwright.sync_api import Page, sync_playwright

from tests.support import browser as chromium
from tests.support import cluster as clusters

os.environ.update(clusters.NOWHERE)
django.setup()

from portal.roles import Role  # noqa: E402 - Django is set up first
from tests.browser import pages, story  # noqa: E402 - Django is set up first
from tests.browser.looking import PHONE, WIDE, Eyes  # noqa: E402 - Django is set up first
from tests.browser.stack import Stack  # noqa: E402 - Django is set up first

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
#: Picture -> URL name and label of the place in tests.browser.pages.
WANTED = {
    "overview": ("overview", ""),
    "events": ("event-list", "all"),
    "event": ("event-detail", "succeeded"),
    "runs": ("run-list", "all"),
    "run": ("run-detail", "failed in Lambda"),
    "run-unknown": ("run-detail", "unknown"),
    "replay": ("run-replay", "failed"),
    "failures": ("failure-list", "all"),
    "failure": ("failure-detail", ""),
    "plan": ("plan-detail", "draft"),
    "rules": ("rule-list", "all"),
    "rule": ("rule-detail", "on"),
    "rule-test": ("rule-test", "matching"),
    "rule-versions": ("rule-version-diff", ""),
    "deliveries": ("delivery-list", "all"),
    "delivery": ("delivery-detail", "refused"),
    "audit": ("audit-list", "all"),
    "audit-entry": ("audit-detail", "run.failed"),
    "person": ("person-detail", "with a failure"),
    "rule-builder": ("rule-edit", "of a rule without a draft"),
    "users": ("user-list", "all"),
    "roles": ("role-list", ""),
    "approvals": ("approval-list", "all"),
    "approval": ("approval-detail", "open"),
    "run-held": ("run-detail", "held"),
    "four-eyes": ("policy", ""),
    "plans": ("plan-list", "all"),
    "brake": ("brake", ""),
    "draft-yaml": ("rule-draft", "open"),
    "draft-try": ("rule-draft-try", "an event"),
    "draft-backtest": ("rule-draft-backtest", "open"),
    "draft-ask": ("rule-draft-ask", "open"),
    "test-cases": ("rule-tests", "open"),
    "rule-change": ("approval-detail", "rule"),
    "lookups": ("lookup-list", "all"),
    "lookup": ("lookup-detail", ""),
    "undo": ("run-undo", ""),
    "incidents": ("incident-list", ""),
    "tokens": ("token-list", ""),
    "account": ("account", ""),
    "break-glass": ("break-glass-list", "all"),
}
ON_PHONES = ("overview", "run", "failures")
#: A page is shown down to here, not to its last row.
TALLEST = 900


@contextmanager
def told() -> Iterator[Stack]:
    """A site on which the story has happened; all of it is gone afterwards."""
    with ExitStack() as ends:
        cluster, services = clusters.embedded()
        ends.callback(clusters.discard, services)
        clusters.make_template(cluster)
        clusters.point_django_at_redis(cluster.redis_url)
        stack = Stack(cluster, redis_url=cluster.redis_url)
        ends.callback(stack.stop)
        stack.start()
        with stack.inside():
            stack.make_accounts()
            story.tell(stack)
        stack.processes.work()
        stack.processes.clock()
        yield stack


def addresses(stack: Stack) -> dict[str, str]:
    """Picture -> path. The story told here has no hostile text, so not every place exists."""
    with stack.inside():
        found = {(place.name, place.label): place.path for place in pages.of_story()}
    return {name: found[key] for name, key in WANTED.items()}


def photograph(page: Page, path: str, file: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path, wait_until="networkidle")
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(height, TALLEST)})
    page.screenshot(path=file, animations="disabled")


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with told() as stack, sync_playwright() as playwright:
        paths = addresses(stack)
        eyes = Eyes(chromium.launch(playwright), stack)
        for theme in ("light", "dark"):
            with eyes.page(Role.ADMIN, theme=theme) as page:
                for name, path in paths.items():
                    photograph(page, path, FOLDER / f"{name}-{theme}.png", WIDE)
                for name in ON_PHONES:
                    photograph(page, paths[name], FOLDER / f"{name}-phone-{theme}.png", PHONE)
        eyes.browser.close()
    sys.stdout.write(f"{len(list(FOLDER.glob('*.png')))} pictures are in {FOLDER}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
