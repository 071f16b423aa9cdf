"""Numbers are links to what they count, and the address of a list is the list (U5, U23)."""

import re
from collections.abc import Sequence

import pytest
from playwright.sync_api import Page

from portal.roles import Role
from tests.browser import pages
from tests.browser.looking import Eyes
from tests.browser.stack import Stack

pytestmark = pytest.mark.browser
_TOTAL = re.compile(r"(?:.* of )?([\d,]+) \w+")
ROWS = "table.list-table tbody tr th a"


def total_of(page: Page) -> int:
    """What the list says that it holds, in its pager; nothing there means none."""
    pager = page.locator("nav.pager span").first
    if pager.count() == 0:
        assert page.locator(".empty").count() == 1, page.url
        return 0
    found = _TOTAL.fullmatch(pager.inner_text())
    assert found is not None, pager.inner_text()
    return int(found[1].replace(",", ""))


def counted(page: Page) -> list[tuple[int, str]]:
    """Every number on the overview that counts something, with the address behind it."""
    links = page.locator(".waits h2 a, .kpi-foot a, .legend a, .all-well a").all()
    links += [link for link in page.locator(".kpi-value a").all() if "%" not in link.inner_text()]
    found = [(_first_number(link.inner_text()), link.get_attribute("href")) for link in links]
    rows = page.locator("[aria-label='Top causes of failure'] tbody tr").all()
    for row in rows:
        runs = _first_number(row.locator("[data-label=Runs]").inner_text())
        found.append((runs, row.locator("th a").get_attribute("href")))
    return [(number, href or "") for number, href in found if number is not None]


def _first_number(text: str) -> int | None:
    found = re.match(r"\s*([\d,]+)(?!\S)", text)
    return int(found[1].replace(",", "")) if found else None


@pytest.mark.parametrize("span", ["1h", "24h", "7d", "30d"])
def test_each_count_on_the_overview_opens_a_list_of_that_many(eyes: Eyes, span: str) -> None:
    with eyes.page() as page:
        page.goto(f"/?range={span}")
        numbers = counted(page)
        assert len(numbers) >= 8, numbers
        assert sum(number > 0 for number, _ in numbers) >= 5
        wrong = []
        for number, href in numbers:
            page.goto(href)
            if (total := total_of(page)) != number:
                wrong.append(f"{number} led to {total}: {href}")
    assert wrong == []


def test_each_bar_of_the_chart_opens_the_runs_it_is_made_of(eyes: Eyes) -> None:
    with eyes.page() as page:
        page.goto("/?range=24h")
        bars = [
            (bar.get_attribute("aria-label") or "", bar.get_attribute("href") or "")
            for bar in page.locator("svg.chart-plot a").all()
        ]
        assert len(bars) >= 6
        wrong = []
        for text, href in bars[:: max(1, len(bars) // 8)]:
            numbers = re.findall(r"(\d+) [a-z]", text.partition(": ")[2])
            page.goto(href)
            if (total := total_of(page)) != sum(map(int, numbers)):
                wrong.append(f"{text} led to {total}: {href}")
    assert wrong == []


def test_the_number_beside_failures_is_the_runs_of_all_groups(eyes: Eyes) -> None:
    with eyes.page() as page:
        page.goto("/failures/")
        beside = _first_number(page.locator("#nav .nav-count.tone-bad").inner_text())
        runs = [_first_number(one) for one in page.locator("[data-label=Runs]").all_inner_texts()]
        assert beside == sum(one or 0 for one in runs) > 3
        said = page.locator("h1 + .finding").inner_text()
        assert said.startswith(f"{beside} runs with {len(runs)} causes")


def _rows(page: Page) -> Sequence[str]:
    return [str(link.get_attribute("href")) for link in page.locator(ROWS).all()]


def test_the_address_of_a_list_shows_somebody_else_the_same_rows(eyes: Eyes, stack: Stack) -> None:
    """Every list, filtered by every kind of control that it has."""
    with stack.inside():
        places = [p for p in pages.all_places() if p.name in pages.LISTS and p.label == "filtered"]
    assert {place.name for place in places} == set(pages.LISTS)
    with eyes.page(Role.ADMIN) as mine, eyes.page(Role.ADMIN) as theirs:
        for place in places:
            mine.goto(place.path)
            shared = mine.get_by_role("link", name="Copy link").get_attribute("href")
            assert shared is not None
            assert "since=" not in shared, "a colleague looks later"
            theirs.goto(shared)
            assert _rows(theirs) == _rows(mine) != [], place


def test_every_control_of_a_list_is_in_its_address(eyes: Eyes) -> None:
    with eyes.page() as page:
        for name in pages.LISTS:
            page.goto(pages.path_of(name))
            names = page.locator("form.filters [name]:not(details)").evaluate_all(
                "found => [...new Set(found.map(one => one.name))]"
            )
            assert len(names) >= 3
            for control in names:
                text = page.request.get(f"{pages.path_of(name)}?{control}=zzz").text()
                assert "This list has no filter called" not in text, (name, control)
                assert 'class="chip"' in text or "notice tone-bad" in text, (name, control)
