"""Opening pages in Chromium, and writing down all that went wrong while they were open."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Response

from portal.freshness import FRESH_MINUTES
from portal.roles import Role
from tests.browser.places import Place
from tests.browser.site import PASSWORD, PEOPLE, Site

WIDE, PHONE, NARROWEST = 1440, 390, 320
#: Kept apart from what a page may see: scripts of the tests are not under the page's policy.
_WATCH = """
window.seenByTests = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.seenByTests.push(`${event.effectiveDirective} refused ${event.blockedURI}`);
});
window.alert = (text) => window.seenByTests.push(`alert: ${text}`);
"""
OPEN_ALL = "document.querySelectorAll('details').forEach((one) => { one.open = true })"


@dataclass
class Opened:
    """A page that was looked at, as it was found."""

    place: Place
    status: int = 0
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    elements: int = 0
    images: int = 0
    overflow: int = 0
    headings: int = 0

    def __str__(self) -> str:
        return f"{self.place.name} ({self.place.label}) {self.place.path}"


class Eyes:
    """A browser on one site, with a signed-in state for each role."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.browser, self.site = browser, site
        self._states: dict[Role, tuple[float, Any]] = {}

    @contextmanager
    def context(
        self,
        role: Role | None = Role.ADMIN,
        *,
        width: int = WIDE,
        theme: str = "light",
        **options: Any,
    ) -> Iterator[BrowserContext]:
        """A fresh browser profile; with a role, signed in as its account."""
        state = self._state(role) if role else None
        made = self.browser.new_context(
            base_url=self.site.url,
            storage_state=state,
            viewport={"width": width, "height": 900},
            reduced_motion="reduce",
            **options,
        )
        made.set_default_timeout(15_000)
        made.add_cookies([{"name": "theme", "value": theme, "url": self.site.url}])
        try:
            yield made
        finally:
            made.close()

    @contextmanager
    def page(self, role: Role | None = Role.ADMIN, **options: Any) -> Iterator[Page]:
        with self.context(role, **options) as context:
            yield context.new_page()

    def _state(self, role: Role) -> Any:
        """Sign in through the page, anew where some pages would ask for it again."""
        at, state = self._states.get(role, (-math.inf, None))
        if time.monotonic() - at > FRESH_MINUTES * 60 / 2:
            context = self.browser.new_context(base_url=self.site.url)
            page = context.new_page()
            page.goto("/sign-in/")
            sign_in(page, PEOPLE[role][0])
            page.wait_for_url(f"{self.site.url}/")
            state = context.storage_state()
            self._states[role] = time.monotonic(), state
            context.close()
        return state


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def watch(page: Page) -> list[str]:
    """Everything the console says from now on, errors no code caught, and dialogs."""
    said: list[str] = []

    def refuse(dialog: Dialog) -> None:
        said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.add_init_script(_WATCH)
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"not caught: {error}"))
    page.on("dialog", refuse)
    return said


def note(page: Page, place: Place, response: Response, said: list[str]) -> Opened:
    """What is asked of every page, of a page that is open. `said` comes from watch()."""
    page.set_viewport_size({"width": NARROWEST, "height": 900})
    page.evaluate(OPEN_ALL)
    found = page.evaluate(
        """() => ({
          seen: window.seenByTests,
          elements: document.querySelectorAll("*").length,
          images: document.querySelectorAll("img:not([src^='data:']), [onerror]").length,
          headings: document.querySelectorAll("h1").length,
          overflow: document.documentElement.scrollWidth - window.innerWidth,
        })"""
    )
    # Chromium tells the console itself that a page was answered with an error.
    own = [
        line
        for line in said
        if f"the server responded with a status of {response.status}" not in line
    ]
    return Opened(
        place,
        response.status,
        response.text(),
        response.all_headers(),
        [*own, *found["seen"]],
        elements=found["elements"],
        images=found["images"],
        overflow=found["overflow"],
        headings=found["headings"],
    )
