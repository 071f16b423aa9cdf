"""A session that is about to end unused says so, and stays if its person wants (S15)."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import Eyes, watch

pytestmark = pytest.mark.browser
TWELVE, THREE = 12 * 60_000, 3 * 60_000


def opened(page: Page) -> list[str]:
    """A page whose clock only runs when it is told to."""
    said = watch(page)
    page.clock.install()
    page.goto("/runs/")
    page.locator("#search").fill("typed")
    return said


def test_it_speaks_up_and_staying_keeps_what_is_typed(empty_eyes: Eyes) -> None:
    with empty_eyes.page() as page:
        said = opened(page)
        banner = page.locator("#idle")
        page.clock.run_for(TWELVE)
        expect(banner).to_be_hidden()
        page.clock.run_for(THREE)
        expect(banner).to_be_visible()
        expect(page.locator("#status")).to_contain_text("Your session ends soon")
        with page.expect_response("**/runs/"):
            page.get_by_role("button", name="Stay signed in").click()
        expect(banner).to_be_hidden()
        expect(page.locator("#search")).to_have_value("typed")
        page.clock.run_for(TWELVE + THREE)
        expect(banner).to_be_visible()
        assert said == []


def test_once_the_session_is_over_it_leads_to_the_sign_in(empty_eyes: Eyes) -> None:
    with empty_eyes.page() as page:
        opened(page)
        page.clock.run_for(TWELVE + THREE)
        page.context.clear_cookies()
        page.get_by_role("button", name="Stay signed in").click()
        page.wait_for_url("**/sign-in/?next=/runs/")
