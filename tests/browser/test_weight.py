"""A first visit is light, a later one lighter still (U7); full lists stay small (U12)."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Response

from provisioning.approvals.models import Approval
from provisioning.clocks import database_now
from provisioning.plans.models import Plan
from provisioning.rules.models import Rule
from tests.browser import pages, rules
from tests.browser.looking import OPEN_ALL, Eyes
from tests.browser.stack import Stack, log_event

pytestmark = pytest.mark.browser
ROWS = 101
PACKED = ("font/", "image/")
ROW = "table.list-table tbody tr"
LATER = ("/events/", "/runs/", "/failures/", "/rules/", "/deliveries/", "/audit/", "/")


def size_of(response: Response) -> int:
    """Bytes on the wire from a server that compresses, as the reverse proxy does."""
    body = response.body()
    packed = response.headers.get("content-type", "").startswith(PACKED)
    return len(body) if packed else len(gzip.compress(body, 9))


@contextmanager
def loading(page: Page) -> Iterator[list[Response]]:
    """What comes over the network, and not out of the browser's own cache."""
    found: list[Response] = []

    def keep(response: Response) -> None:
        if not response.url.startswith("data:") and response.status != 304:
            found.append(response)

    page.on("response", keep)
    yield found
    page.remove_listener("response", keep)


def test_the_first_visit_and_later_ones_are_light(eyes: Eyes, stack: Stack) -> None:
    with eyes.page() as page:
        with loading(page) as first:
            page.goto("/", wait_until="networkidle")
        assert len(first) <= 8, [one.url for one in first]
        assert sum(map(size_of, first)) <= 130_000
        assert sum(map(size_of, first)) > 60_000, "something was not measured"
        for path in LATER:
            page.goto(path, wait_until="load")
            sent = page.evaluate(
                """() => performance.getEntriesByType("resource")
                  .filter((one) => one.transferSize > 1000 && !one.name.startsWith("data:"))
                  .map((one) => one.name)"""
            )
            assert sent == [], "a file came again"
            document = page.request.get(path)
            assert len(gzip.compress(document.body(), 9)) <= 25_000, path


@pytest.fixture(scope="module")
def crowd(stack: Stack) -> None:
    """More than a hundred of everything but rules: each is an event, a run and a cause."""
    with stack.working():
        stack.apply(rules.CAUSE.format(name="crowd", bucket="crowd"))
        for number in range(ROWS):
            stack.apply(rules.CAUSE.format(name="crowd", bucket=f"bucket-{number}"))
        stack.client.add_fault("smtp", "RCPT", times=0, status=550, message="No such mailbox here")
        for number in range(ROWS):
            login = f"somebody.with.a.long.name.{number}@department-{number}.acme.test"
            event = log_event(
                "user.lifecycle.activate", login, "Somebody With A Long Name", 1000 + number
            )
            stack.client.send_events(stack.hook_id, [event])
        ask_and_plan()


def ask_and_plan() -> None:
    """As many requests and plans, in the words of the use cases but without their work."""
    now = database_now()
    asks = [
        Approval(
            kind="run", object_kind="run", object_code=f"RUN{number}", title=f"A folder {number}",
            risk="medium", digest="0" * 64, content={"who": f"somebody.{number}"},
            requester="Okta, user.lifecycle.activate", requester_identity=f"event:{number}",
            roles=["approver"], created_at=now, expires_at=now + timedelta(days=4),
        )
        for number in range(ROWS)
    ]  # fmt: skip
    Approval.objects.bulk_create(asks)
    plans = [
        Plan(
            kind="bulk_replay", title=f"Runs of cause {number}", state="cancelled", checksum="0",
            item_count=number, counts={"would_act": number}, requester="maya",
            requester_identity="user:maya", created_at=now, finished_at=now,
        )
        for number in range(ROWS)
    ]  # fmt: skip
    Plan.objects.bulk_create(plans)


@pytest.fixture(scope="module")
def crowd_of_rules(stack: Stack, crowd: None) -> None:
    """As many rules; the menus of the lists of runs and failures are about them too."""
    with stack.inside():
        names = [f"rule-{number:03}" for number in range(ROWS - Rule.objects.count())]
        stack.apply(*[rules.CAUSE.format(name=one, bucket=f"bucket-{one}") for one in names])


def weight_of(page: Page, path: str) -> tuple[int, int]:
    """Elements, and bytes of HTML, of a list with a hundred rows."""
    page.goto(f"{path}?size=100")
    assert page.locator(ROW).count() == 100, path
    elements = page.evaluate("document.querySelectorAll('*').length")
    return int(elements), len(page.request.get(f"{path}?size=100").body())


def too_heavy(elements: int, size: int) -> bool:
    return elements > 1_500 or size > 150_000


def test_a_list_of_a_hundred_rows_stays_small(eyes: Eyes, crowd_of_rules: None) -> None:
    paths = [pages.path_of(name) for name in pages.LISTS]
    with eyes.page() as page:
        weights = {path: weight_of(page, path) for path in [*paths, "/rules/crowd/versions/"]}
    assert {path: one for path, one in weights.items() if too_heavy(*one)} == {}


def test_a_list_of_a_hundred_rows_fits_a_phone_and_has_more_pages(eyes: Eyes, crowd: None) -> None:
    with eyes.page() as page:
        for path in [pages.path_of(name) for name in pages.LISTS if name != "rule-list"]:
            page.goto(f"{path}?size=100")
            page.evaluate(OPEN_ALL)
            for width in (320, 390, 768, 1024):
                page.set_viewport_size({"width": width, "height": 900})
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{path}: {wide} px at {width}"
            page.set_viewport_size({"width": 1440, "height": 900})
            page.get_by_role("link", name="Older", exact=True).click()
            assert page.locator(ROW).count() >= 1
            page.get_by_role("link", name="First page").click()
            assert page.locator(ROW).count() == 100
