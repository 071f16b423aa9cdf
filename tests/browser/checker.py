"""axe-core over a page in every view, without looking twice at what was found clean there.

A view is a theme and a width; a page is looked at as it comes and with all that folds open. Which
rules run in which view follows from what they read:

- COLOURS are the only ones that read colours, so they run in every view. What is dark differs from
  what is light in nothing but colours (test_accessibility.py holds the styles to that), so in the
  dark views no other rule could say anything new.
- LAYOUT reads sizes, and every other rule the tree of what is displayed. Both differ between the
  widths and with what is open, so they run in both widths, in the light.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.looking import PHONE, WIDE

FOLDER = Path(__file__).parent / "axe"
AXE, BLOCKS = FOLDER / "axe.min.js", FOLDER / "blocks.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
LAYOUT = ["scrollable-region-focusable", "target-size"]
Options = Mapping[str, object]
_TAGGED = {"runOnly": {"type": "tag", "values": TAGS}}
ALL: Options = _TAGGED
#: All that reads neither colours nor sizes.
TREE: Options = {**_TAGGED, "rules": {one: {"enabled": False} for one in (*COLOURS, *LAYOUT)}}


def only(*rules: str) -> Options:
    return {"runOnly": {"type": "rule", "values": rules}}


@dataclass(frozen=True)
class View:
    theme: str
    width: int

    def __str__(self) -> str:
        return f"{self.theme} {self.width}"


FIRST = View("light", WIDE)
#: With all that folds open; what of it was seen in the first view is not looked at again.
OPENED = (
    (FIRST, only(*COLOURS, *LAYOUT)),
    (View("dark", WIDE), only(*COLOURS)),
    (View("dark", PHONE), only(*COLOURS)),
    (View("light", PHONE), ALL),
)


def prepare(page: Page) -> None:
    """Before the page is opened. Scripts of the tests are not under the portal's policy."""
    page.add_init_script(path=AXE)
    page.add_init_script(path=BLOCKS)


class Checker:
    """Remembers what was clean, by view.

    A block of a page is known by its elements with their classes and states, and by which of its
    texts are long: what colours and sizes come from. The rules about the tree see each page as a
    whole in the first view, unless one with the same words, but for numbers and codes, was clean.
    """

    def __init__(self) -> None:
        self._clean: set[tuple[View, str]] = set()
        self._clean_pages: set[str] = set()

    def check(self, page: Page) -> list[str]:
        """What is wrong, in whichever view. The theme has to be the system's; all that folds is
        open afterwards, and the window of another size."""
        _turn(page, FIRST)
        pieces, parts = page.evaluate("[blocks.whole(), blocks.parts()]")
        found = self._whole(page, pieces)
        found += self._look(page, FIRST, only(*COLOURS, *LAYOUT), parts)
        parts = page.evaluate("blocks.opened()")
        for view, options in OPENED:
            found += self._look(page, view, options, parts)
        return found

    def _whole(self, page: Page, pieces: list[str]) -> list[str]:
        if self._clean_pages.issuperset(pieces):
            return []
        found = _run(page, FIRST, TREE, [])
        if not found:
            self._clean_pages.update(pieces)
        return found

    def _look(self, page: Page, view: View, options: Options, parts: list[str]) -> list[str]:
        known = [at for at, part in enumerate(parts) if (view, part) in self._clean]
        if len(known) == len(parts):
            return []
        _turn(page, view)
        found = _run(page, view, options, known)
        if not found:
            self._clean.update((view, part) for part in parts)
        return found


def _turn(page: Page, view: View) -> None:
    """The theme is the system's, so it changes without the page being loaded again."""
    page.emulate_media(color_scheme="dark" if view.theme == "dark" else "light")
    if page.viewport_size != {"width": view.width, "height": 900}:
        page.set_viewport_size({"width": view.width, "height": 900})


def _run(page: Page, view: View, options: Options, without: list[int]) -> list[str]:
    asked = {"theme": view.theme, "options": options, "without": without}
    found = page.evaluate("(asked) => blocks.check(asked)", asked)
    return [f"[{view}] {one}" for one in found]
