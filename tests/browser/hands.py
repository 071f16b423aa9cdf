"""Ways to use a page: a pointer with or without the portal's scripts, or keys alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

from portal.roles import Role
from tests.browser.looking import Eyes

MODES = ("pointer", "no script", "keys")
MOST_TABS = 250
_FOCUS_SHOWS = """(one) => {
  const style = getComputedStyle(one);
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  const ringed = style.boxShadow !== "none";
  const box = one.getBoundingClientRect();
  return (outlined || ringed) && box.width > 0 && box.height > 0;
}"""


@dataclass
class Hands:
    """Does what a person does, and counts the clicks. Typing and Tab are none."""

    page: Page
    mode: str
    clicks: int = field(default=0)

    def go(self, path: str) -> None:
        self.page.goto(path)

    def click(self, what: Locator, key: str = "Enter") -> None:
        """Click it, or with keys reach it with Tab and press the key."""
        self.clicks += 1
        if self.mode == "keys":
            self.reach(what)
            self.page.keyboard.press(key)
        else:
            what.click()

    def tick(self, what: Locator) -> None:
        self.click(what, "Space")
        expect(what).to_be_checked()

    def write(self, what: Locator, text: str) -> None:
        if self.mode == "keys":
            self.reach(what)
            self.page.keyboard.type(text)
        else:
            what.fill(text)

    def choose(self, what: Locator, value: str) -> None:
        """One of a native list; with keys by going down to it."""
        if self.mode != "keys":
            what.select_option(value)
            return
        self.reach(what)
        values = what.locator("option").evaluate_all("all => all.map(one => one.value)")
        steps = values.index(value) - values.index(what.input_value())
        for _ in range(abs(steps)):
            self.page.keyboard.press("ArrowDown" if steps > 0 else "ArrowUp")
        expect(what).to_have_value(value)

    def reach(self, what: Locator) -> None:
        """Tab until it has the focus, which has to be seen."""
        expect(what).to_be_visible()
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if what.evaluate("one => one === document.activeElement"):
                assert what.evaluate(_FOCUS_SHOWS), f"no focus to be seen on {what}"
                return
        raise AssertionError(f"{MOST_TABS} tabs did not reach {what}")


@contextmanager
def hands(eyes: Eyes, mode: str, role: Role | None = Role.OPERATOR) -> Iterator[Hands]:
    options = {"java_script_enabled": False} if mode == "no script" else {}
    with eyes.page(role, **options) as page:
        yield Hands(page, mode)


def focus_shows(page: Page) -> bool:
    """Whether it is seen where the focus is."""
    return bool(page.evaluate(f"({_FOCUS_SHOWS})(document.activeElement)"))
