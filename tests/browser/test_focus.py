"""With keys alone: the focus is always seen, nothing traps it, a refresh does not lose it (U13)."""

import pytest
from playwright.sync_api import expect

from provisioning.runs.models import FailureGroup, Run
from tests.browser.hands import focus_shows
from tests.browser.looking import PHONE, WIDE, Eyes
from tests.browser.stack import Stack

pytestmark = pytest.mark.browser
#: Gives every place that had the focus a number, and tells that of the present one.
_NUMBER = """() => {
  const one = document.activeElement;
  if (one === document.body || one === null) return 0;
  window.seenPlaces = window.seenPlaces || [];
  const known = window.seenPlaces.indexOf(one);
  return known >= 0 ? known + 1 : window.seenPlaces.push(one);
}"""
_NAME = "document.activeElement.outerHTML.slice(0, 120)"
MOST = 400


@pytest.fixture(scope="module")
def paths(stack: Stack) -> list[str]:
    with stack.inside():
        run = Run.objects.filter(state=Run.State.FAILED, superseded=False).first()
        group = FailureGroup.objects.first()
        assert run is not None
        assert group is not None
        return [
            "/", f"/runs/{run.code}/", f"/events/{run.event.code}/", "/events/?state=failed",
            f"/failures/{group.code}/", "/rules/welcome-mail/versions/",
            f"/runs/{run.code}/replay/",
        ]  # fmt: skip


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_tab_goes_through_a_whole_page_and_is_always_seen(
    eyes: Eyes, paths: list[str], width: int
) -> None:
    unseen = []
    with eyes.page(width=width) as page:
        for path in paths if width == WIDE else paths[:2]:
            page.goto(path)
            places: list[int] = []
            while len(places) < MOST:
                page.keyboard.press("Tab")
                place = page.evaluate(_NUMBER)
                if place == 0 or place in places:
                    break
                places.append(place)
                if not focus_shows(page):
                    unseen.append(f"{path}: {page.evaluate(_NAME)}")
            # Round once: the last Tab leaves the page, or comes back to its first place.
            assert place in (0, places[0]), f"{path}: trapped at {page.evaluate(_NAME)}"
            assert 12 < len(places) < MOST, path
    assert unseen == [], unseen


def test_the_first_tab_offers_to_skip_what_is_the_same_everywhere(eyes: Eyes) -> None:
    with eyes.page() as page:
        page.goto("/runs/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_link_keeps_the_focus_when_the_page_refreshes_around_it(eyes: Eyes, stack: Stack) -> None:
    with stack.inside():
        code = Run.objects.get(state=Run.State.RETRYING).code
    for path, what in ((f"/runs/{code}/", "#run a"), ("/", "#overview .waits h2 a")):
        with eyes.page() as page:
            page.goto(path)
            page.locator(what).first.focus()
            refreshed = "**/runs/**" if "runs" in path else "**/?range=*"
            with page.expect_response(refreshed, timeout=20_000):
                page.evaluate(
                    """() => {
                      const poll = document.querySelector("#run-poll, #overview");
                      poll.removeAttribute("hx-ptag");
                      htmx.ajax("GET", poll.getAttribute("hx-get"), {
                        target: poll.getAttribute("hx-target") || "#overview",
                        swap: poll.getAttribute("hx-swap"),
                      });
                    }"""
                )
            page.wait_for_timeout(300)
            assert page.evaluate("document.activeElement !== document.body"), path
            expect(page.locator(what).first).to_be_focused()
