"""Every component in Chromium: no CSP report, no sideways scroll, usable without JavaScript."""

import os
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support import browser as chromium
from tests.support.processes import Child

pytestmark = pytest.mark.browser
PAGES = ("/", "/events/", "/runs/", "/rules/", "/failures/", "/deliveries/", "/sign-in/")
#: Chromium reports an answer of 404 or 500 to the console by itself.
EXPECTED = ("404 (Not Found)", "500 (Internal Server Error)")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.portal.web.gallery", "0"]
    child = Child(command, {**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        yield child.wait_for(r"Ready on (http://\S+)")[1]
    finally:
        child.end()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()


def context(
    browser: Browser, address: str, theme: str = "light", **kwargs: object
) -> BrowserContext:
    made = browser.new_context(base_url=address, **kwargs)  # type: ignore[arg-type]  # passed on
    made.add_cookies([{"name": "theme", "value": theme, "url": address}])
    return made


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    made = context(browser, address, viewport={"width": 1440, "height": 900})
    yield made.new_page()
    made.close()


@pytest.fixture
def plain_page(browser: Browser, address: str) -> Iterator[Page]:
    """A narrow page without JavaScript."""
    made = context(
        browser, address, viewport={"width": 390, "height": 800}, java_script_enabled=False
    )
    yield made.new_page()
    made.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1440])
def test_nothing_is_blocked_and_nothing_scrolls_sideways(
    browser: Browser, address: str, theme: str, width: int
) -> None:
    made = context(browser, address, theme, viewport={"width": width, "height": 800})
    said: list[str] = []
    made.on("console", lambda message: said.append(message.text))
    made.on("weberror", lambda error: said.append(str(error.error)))
    for path in PAGES:
        page = made.new_page()
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("html").get_attribute("data-bs-theme") == theme
        page.close()
    made.close()
    assert [line for line in said if not any(known in line for known in EXPECTED)] == []


def test_a_hostile_name_is_only_text(page: Page) -> None:
    for path in PAGES:
        page.goto(path)
        assert page.locator("img").count() == 0


def test_the_drawer_menus_and_steps_open_without_javascript(plain_page: Page) -> None:
    plain_page.goto("/runs/")
    expect(plain_page.locator("#nav")).not_to_be_visible()
    plain_page.get_by_role("button", name="Menu").click()
    plain_page.locator("#nav").get_by_role("link", name="Events").click()
    plain_page.get_by_text("State Any").click()
    expect(plain_page.get_by_label("Active")).to_be_visible()
    plain_page.goto("/runs/")
    plain_page.get_by_text("2. Add to Okta group").click()
    expect(plain_page.get_by_text("Nothing to show.").nth(1)).to_be_visible()
    expect(plain_page.get_by_role("button", name="Copy Input")).not_to_be_visible()


def test_without_a_choice_the_theme_follows_the_system(browser: Browser, address: str) -> None:
    made = context(browser, address, "system", color_scheme="dark")
    page = made.new_page()
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    made.close()


def test_the_keyboard_searches_moves_and_goes(page: Page) -> None:
    page.goto("/events/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="person.1@")).to_be_focused()
    page.keyboard.press("k")
    expect(page.get_by_role("link", name="person.0@")).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("j?")
    expect(page.locator("#search")).to_have_value("j?")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("u")
    page.wait_for_url("**/rules/")


def test_shortcuts_that_are_turned_off_do_nothing(browser: Browser, address: str) -> None:
    made = context(browser, address)
    made.add_cookies([{"name": "keys", "value": "off", "url": address}])
    page = made.new_page()
    page.goto("/events/")
    page.keyboard.press("/")
    expect(page.locator("#search")).not_to_be_focused()
    made.close()


def test_a_poll_keeps_what_is_open_typed_and_focused(page: Page) -> None:
    page.goto("/polling/")
    page.get_by_text("Step", exact=True).click()
    page.locator("#note").fill("typed")
    expect(page.locator("#count")).not_to_have_text("0")
    expect(page.locator("#step")).to_have_attribute("open", "")
    expect(page.locator("#note")).to_have_value("typed")
    expect(page.locator("#note")).to_be_focused()


def test_a_hidden_tab_does_not_poll_and_a_shown_one_does_again(page: Page) -> None:
    page.goto("/polling/")
    hide = (
        "hidden => Object.defineProperty(document, 'hidden', {value: hidden, configurable: true})"
    )
    page.evaluate(hide, True)
    page.wait_for_timeout(1_300)
    before = page.locator("#count").inner_text()
    page.wait_for_timeout(2_200)
    expect(page.locator("#count")).to_have_text(before)
    page.evaluate(hide, False)
    expect(page.locator("#count")).not_to_have_text(before)


def test_copying_takes_the_code_and_says_so(browser: Browser, address: str) -> None:
    made = context(browser, address, permissions=["clipboard-read", "clipboard-write"])
    page = made.new_page()
    page.goto("/runs/")
    page.get_by_role("button", name="Copy Error").click()
    expect(page.locator("#status")).to_have_text("Copied")
    assert '"http_status": 429' in page.evaluate("navigator.clipboard.readText()")
    made.close()


def test_the_first_visit_is_light(page: Page) -> None:
    page.goto("/")
    entries = "performance.getEntriesByType('resource').map(entry => entry.name)"
    files = {str(name).partition("#")[0] for name in page.evaluate(entries)}
    assert len(files) + 1 <= 8, files
