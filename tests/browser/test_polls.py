"""A page that refreshes itself leaves alone what its reader does, and costs next to nothing (U17,
U18)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect

from portal.run_story import _WATCHED
from provisioning.runs.models import Run, Step
from tests.browser.looking import Eyes
from tests.browser.stack import Stack, log_event

pytestmark = pytest.mark.browser
POLLS = 100
_STATE = """() => ({
  text: document.getElementById("search").value,
  caret: document.getElementById("search").selectionStart,
  focus: document.activeElement.id,
  scroll: [window.scrollX, window.scrollY],
  open: [...document.querySelectorAll("details[open]")].map((one) => one.innerText.slice(0, 40)),
})"""


@contextmanager
def hurried(page: Page, *, always_anew: bool) -> Iterator[list[int]]:
    """Polls come every 40 ms. The statuses answered to them; `always_anew` withholds what tells
    the server that the page is up to date, so that every second poll is answered in full."""
    statuses: list[int] = []

    def hand_on(route: Route) -> None:
        headers = dict(route.request.headers)
        polled = "hx-request" in headers
        if polled and always_anew and len(statuses) % 2:
            headers.pop("hx-ptag", None)
        answer = route.fetch(headers=headers)
        if polled:
            statuses.append(answer.status)
        if answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
            route.fulfill(response=answer)
            return
        text = answer.text().replace("every 15s", "every 40ms").replace("every 3s", "every 40ms")
        route.fulfill(response=answer, body=text)

    page.route("**/*", hand_on)
    yield statuses
    page.unroute_all(behavior="wait")


def retrying(stack: Stack) -> str:
    with stack.inside():
        return str(Run.objects.get(state=Run.State.RETRYING).code)


def facts_of(stack: Stack, code: str) -> list[dict[str, object]]:
    """What the run's page shows of it: somebody else's work on it would be no fault of a poll."""
    with stack.inside():
        return list(Step.objects.filter(run__code=code).order_by("position").values(*_WATCHED))


def after(page: Page, done: Callable[[], bool], what: str) -> None:
    for _ in range(600):
        if done():
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never seen: {what}")


def from_the_first_304(page: Page, statuses: list[int]) -> list[int]:
    """What ten polls and more were answered, the first that may be 304 in front: those before it
    were asked while the first answer, with its tag, was on its way."""
    after(page, lambda: 304 in statuses, "a poll without a body")
    first = statuses.index(304)
    after(page, lambda: len(statuses) >= first + 10, "ten polls")
    return statuses[first:]


def minute() -> int:
    return int(time.time()) // 60


@pytest.mark.parametrize("where", ["run", "overview", "list"])
def test_a_hundred_polls_leave_text_focus_scroll_and_what_is_open(
    eyes: Eyes, stack: Stack, where: str
) -> None:
    path = {"run": f"/runs/{retrying(stack)}/", "overview": "/", "list": "/events/"}[where]
    with eyes.page() as page, hurried(page, always_anew=True) as statuses:
        page.set_viewport_size({"width": 1000, "height": 500})
        page.goto(path)
        for one in page.locator("main details:not([name]):not([open]) > summary").all()[:3]:
            if one.is_visible():
                one.click()
        page.locator("#search").fill("half a na")
        page.mouse.wheel(0, 160)
        page.wait_for_timeout(100)
        before = page.evaluate(_STATE)
        assert before["focus"] == "search"
        assert before["scroll"][1] > 0
        assert bool(before["open"]) is (where != "list")
        asked = len(statuses)
        after(page, lambda: len(statuses) >= asked + POLLS, "a hundred polls")
        assert page.evaluate(_STATE) == before
        assert statuses.count(200) >= POLLS / 3


def test_a_poll_of_what_has_not_changed_is_answered_without_a_body(
    eyes: Eyes, stack: Stack
) -> None:
    code = retrying(stack)
    with eyes.page() as page, hurried(page, always_anew=False) as statuses:
        before = facts_of(stack, code)
        page.goto(f"/runs/{code}/")
        later = from_the_first_304(page, statuses)
        assert facts_of(stack, code) == before
        assert later == [304] * len(later)


def test_a_poll_of_the_overview_has_a_body_at_most_once_a_minute(eyes: Eyes, stack: Stack) -> None:
    """Its ages and bars move on with the minute, whatever else stands still."""
    with eyes.page() as page, hurried(page, always_anew=False) as statuses:
        first = minute()
        page.goto("/")
        later = from_the_first_304(page, statuses)
        in_full = [status for status in later if status != 304]
        assert in_full in ([], [200])
        assert len(in_full) <= minute() - first


def test_a_finished_run_does_not_poll(eyes: Eyes, stack: Stack) -> None:
    with stack.inside():
        code = Run.objects.filter(state=Run.State.SUCCEEDED).values_list("code", flat=True)[0]
    with eyes.page() as page, hurried(page, always_anew=False) as statuses:
        page.goto(f"/runs/{code}/")
        page.wait_for_timeout(400)
        assert statuses == []


def test_new_events_are_announced_and_move_no_row(eyes: Eyes, stack: Stack) -> None:
    with eyes.page() as page, hurried(page, always_anew=False):
        page.goto("/events/")
        first = page.locator("table.list-table tbody tr a").first
        before = first.get_attribute("href")
        top = first.bounding_box()
        event = log_event("user.lifecycle.unsuspend", "new@acme.example", "New", 500)
        stack.client.send_events(stack.hook_id, [event])
        news = page.get_by_role("link", name="1 new event. Show")
        expect(news).to_be_visible()
        assert first.get_attribute("href") == before
        assert first.bounding_box() is not None
        assert top is not None
        news.click()
        expect(page.locator("table.list-table tbody tr").first).to_contain_text("unsuspend")
        assert first.get_attribute("href") != before


def test_the_overview_tells_of_a_failure_by_itself(eyes: Eyes, stack: Stack) -> None:
    with eyes.page() as page, hurried(page, always_anew=False):
        page.goto("/")
        shown = page.locator("[aria-label=Numbers] .kpi-value").first
        before = shown.inner_text()
        event = log_event("user.lifecycle.unsuspend", "newer@acme.example", "Newer", 501)
        stack.client.send_events(stack.hook_id, [event])
        expect(shown).not_to_have_text(before)
