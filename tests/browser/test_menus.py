"""A filter's menu opens under its button, inside the page, at every width (U15)."""

import pytest

from tests.browser import pages
from tests.browser.looking import Eyes

pytestmark = pytest.mark.browser
WIDTHS = (320, 700, 1024, 1200, 1440)
#: Opens each menu in turn; how far the page then reaches beyond the window, and what lies in it.
_OPEN_EACH = """() => [...document.querySelectorAll("details.menu")].map((menu) => {
  menu.open = true;
  const button = menu.querySelector("summary").getBoundingClientRect();
  const body = menu.querySelector(".menu-body").getBoundingClientRect();
  const found = {
    name: menu.innerText.slice(0, 20),
    beyond: document.documentElement.scrollWidth - window.innerWidth,
    below: Math.round(body.top - button.bottom),
    touches: body.left <= button.right && body.right >= button.left,
  };
  menu.open = false;
  return found;
})"""


def is_placed(*, name: str, beyond: int, below: int, touches: bool) -> bool:
    return beyond <= 0 <= below <= 12 and touches


@pytest.mark.parametrize("name", pages.LISTS)
def test_a_menu_opens_under_its_button_and_inside_the_page(eyes: Eyes, name: str) -> None:
    wrong = []
    with eyes.page() as page:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(pages.path_of(name))
            found = page.evaluate(_OPEN_EACH)
            assert len(found) >= 2
            wrong += [f"{width}: {one}" for one in found if not is_placed(**one)]
    assert wrong == [], wrong
