"""A first visit is light, a later one lighter still (U7); full lists stay small (U12)."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, Response, expect
from pytest_django import DjangoDbBlocker

from provisioning.approvals.models import Approval
from provisioning.clocks import database_now
from provisioning.plans.models import Plan
from provisioning.rules.models import Rule
from tests.browser import pages, rules
from tests.browser.looking import OPEN_ALL, Eyes
from tests.browser.stack import Stack, envelope, log_event
from tests.support.cluster import Cluster

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
def crowded(
    cluster: Cluster, redis_url: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[Stack]:
    """A site of its own with more than a hundred of everything: on the first page of a list that
    others look at, nothing else would be left."""
    made = Stack(cluster, redis_url=redis_url, allowed=django_db_blocker.unblock)
    try:
        made.start()
        with made.working():
            made.make_accounts()
            crowd(made)
        yield made
    finally:
        made.stop()


def crowd(stack: Stack) -> None:
    """Each is an event, a run and a cause; then as many rules, which menus of lists are about."""
    stack.apply(rules.CAUSE.format(name="crowd", bucket="crowd"))
    for number in range(ROWS):
        stack.apply(rules.CAUSE.format(name="crowd", bucket=f"bucket-{number}"))
    stack.client.add_fault("smtp", "RCPT", times=0, status=550, message="No such mailbox here")
    stack.apply(rules.WELCOME.format(subject="Welcome", body="Hello."))
    for number in range(ROWS):
        login = f"somebody.with.a.long.name.{number}@department-{number}.acme.test"
        event = log_event(
            "user.lifecycle.activate", login, "Somebody With A Long Name", 1000 + number
        )
        assert stack.call_hook(envelope([event])) == 204
    ask_and_plan()
    names = [f"rule-{number:03}" for number in range(ROWS - Rule.objects.count())]
    stack.apply(*[rules.CAUSE.format(name=one, bucket=f"bucket-{one}") for one in names])


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
def many(browser: Browser, crowded: Stack) -> Eyes:
    return Eyes(browser, crowded)


def weight_of(page: Page, path: str) -> tuple[int, int]:
    """Elements, and bytes of HTML, of a list with a hundred rows."""
    page.goto(f"{path}?size=100")
    assert page.locator(ROW).count() == 100, path
    elements = page.evaluate("document.querySelectorAll('*').length")
    return int(elements), len(page.request.get(f"{path}?size=100").body())


def too_heavy(elements: int, size: int) -> bool:
    return elements > 1_500 or size > 150_000


def test_a_list_of_a_hundred_rows_stays_small(many: Eyes) -> None:
    paths = [pages.path_of(name) for name in pages.LISTS]
    with many.page() as page:
        weights = {path: weight_of(page, path) for path in [*paths, "/rules/crowd/versions/"]}
    assert {path: one for path, one in weights.items() if too_heavy(*one)} == {}


def test_a_list_of_a_hundred_rows_fits_a_phone_and_has_more_pages(many: Eyes) -> None:
    with many.page() as page:
        for path in [pages.path_of(name) for name in pages.LISTS]:
            page.goto(f"{path}?size=100")
            page.evaluate(OPEN_ALL)
            for width in (320, 390, 768, 1024):
                page.set_viewport_size({"width": width, "height": 900})
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{path}: {wide} px at {width}"
            page.set_viewport_size({"width": 1440, "height": 900})
            page.get_by_role("link", name="Older", exact=True).click()
            expect(page.locator(ROW).first).to_be_visible()
            page.get_by_role("link", name="First page").click()
            expect(page.locator(ROW)).to_have_count(100)
