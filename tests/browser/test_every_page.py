"""What holds for every page in every state: nothing blocked, nothing run, nothing leaked, no
sideways scroll (goals U2, U8, U12, U15, U21, U22)."""

import gzip
import html

import pytest

from audit.redaction import MASK
from portal.roles import POLICIES
from portal.settings import BASE_DIR
from tests.browser import pages
from tests.browser.looking import Eyes, Opened
from tests.browser.story import HOSTILE, MARKED
from tests.browser.tour import Tour

pytestmark = pytest.mark.browser
STATIC = BASE_DIR / "portal" / "static" / "portal"


@pytest.fixture(scope="module")
def opened(tour: Tour) -> list[Opened]:
    """Every page once, as each role that sees it differently, and on an empty site."""
    return [one for ones in tour.values() for one in ones]


def test_every_page_of_the_role_table_was_opened(opened: list[Opened]) -> None:
    asked = {name for name, methods in POLICIES.items() if "GET" in methods}
    assert {one.place.name for one in opened} - {""} == asked - pages.NOT_PAGES


def test_each_page_answers_with_its_status_and_one_heading(opened: list[Opened]) -> None:
    wrong = [f"{one}: {one.status}" for one in opened if one.status != one.place.status]
    assert wrong == []
    assert [f"{one}: {one.headings} h1" for one in opened if one.headings != 1] == []


def test_nothing_is_blocked_and_the_console_stays_silent(opened: list[Opened]) -> None:
    assert [f"{one}: {one.said}" for one in opened if one.said] == []


def test_every_page_carries_the_policy_that_blocks(opened: list[Opened]) -> None:
    policies = {one.headers.get("content-security-policy", "") for one in opened}
    assert all("default-src 'none'" in one and "unsafe" not in one for one in policies), policies


def test_a_hostile_name_makes_no_element(opened: list[Opened]) -> None:
    assert [str(one) for one in opened if one.images] == []
    shown = [one for one in opened if html.escape(HOSTILE) in one.html]
    names = {one.place.name for one in shown}
    assert {"event-list", "event-detail", "run-detail", "failure-list", "failure-detail",
            "delivery-detail", "rule-test"} <= names  # fmt: skip
    assert [str(one) for one in opened if HOSTILE in one.html] == []


def test_no_marked_secret_is_in_any_page(opened: list[Opened]) -> None:
    leaks = [f"{one}: {s}" for one in opened for s in MARKED if s in html.unescape(one.html)]
    assert leaks == [], leaks
    masked = {one.place.name for one in opened if html.escape(MASK) in one.html}
    assert {"event-detail", "run-detail", "rule-yaml", "rule-detail", "failure-detail"} <= masked


def test_no_marked_secret_is_in_the_raw_text_of_an_event(eyes: Eyes, opened: list[Opened]) -> None:
    paths = [one.place.path for one in opened if one.place.name == "event-detail"]
    with eyes.page() as page:
        for path in paths:
            answer = page.request.get(f"{path}raw/")
            if answer.status == 200:
                assert answer.headers["content-type"] == "text/plain; charset=utf-8"
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert [secret for secret in MARKED if secret in answer.text()] == [], path


def test_no_page_scrolls_sideways_at_320_even_with_all_opened(opened: list[Opened]) -> None:
    assert [f"{one}: {one.overflow} px" for one in opened if one.overflow > 0] == []


def test_no_page_is_heavier_than_the_bounds(opened: list[Opened]) -> None:
    heavy = [one for one in opened if one.elements > 1_500 or len(one.html.encode()) > 150_000]
    assert [f"{one}: {one.elements} elements, {len(one.html)} B" for one in heavy] == []


def test_all_scripts_of_a_page_are_under_20_kb_compressed() -> None:
    scripts = sorted(STATIC.rglob("*.js"))
    assert len(scripts) == 4
    assert sum(len(gzip.compress(one.read_bytes(), 9)) for one in scripts) <= 20_000
