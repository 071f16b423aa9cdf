"""A site with a story behind it, told once, and Chromium in front of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright
from pytest_django import DjangoDbBlocker

from tests.browser import drafts, story
from tests.browser import tour as tours
from tests.browser.checker import Checker
from tests.browser.looking import Eyes
from tests.browser.site import Site
from tests.browser.stack import Stack
from tests.support import browser as chromium
from tests.support.cluster import Cluster


@pytest.fixture(scope="session")
def stack(cluster: Cluster, redis_url: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Stack]:
    """The site on which everything of the story has happened."""
    made = Stack(cluster, redis_url=redis_url, allowed=django_db_blocker.unblock)
    try:
        made.start()
        with made.inside():
            made.make_accounts()
            story.tell(made)
            story.tell_of_hostile_text(made)
            drafts.begin()
            drafts.begin_hostile(story.HOSTILE, story.SECRET_BY_FORM)
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def empty_site(
    cluster: Cluster, redis_url: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[Site]:
    """The portal on the day it was installed: there are accounts, and nothing else."""
    site = Site(cluster, redis_url=redis_url, allowed=django_db_blocker.unblock)
    try:
        site.start()
        with site.inside():
            site.make_accounts()
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="package")
def browser(stack: Stack) -> Iterator[Browser]:
    """Ended with the package: beside playwright's event loop Django would refuse to work."""
    with sync_playwright() as playwright:
        found = chromium.launch(playwright)
        yield found
        found.close()


@pytest.fixture(scope="package")
def eyes(browser: Browser, stack: Stack) -> Eyes:
    return Eyes(browser, stack)


@pytest.fixture(scope="package")
def empty_eyes(empty_site: Site, browser: Browser) -> Eyes:
    return Eyes(browser, empty_site)


@pytest.fixture(scope="package")
def axe() -> Checker:
    """One for all tests, since it remembers what was clean."""
    return Checker()


@pytest.fixture(scope="package")
def tour(eyes: Eyes, empty_eyes: Eyes, stack: Stack, axe: Checker) -> tours.Tour:
    """What everybody found on their way through all pages."""
    return tours.go(eyes, empty_eyes, stack, axe)
