"""A person looks after their own account, in Chromium: password, app, security key."""

import re
from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.models import Group
from playwright.sync_api import Page, expect

from portal.accounts import factors
from portal.models import User
from provisioning.clocks import database_now
from tests.browser import checker
from tests.browser.checker import Checker
from tests.browser.looking import Eyes, sign_in, watch
from tests.browser.site import PASSWORD, Site

pytestmark = pytest.mark.browser
KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": False,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(eyes: Eyes, empty_site: Site) -> Iterator[Page]:
    """Signed in on a phone with an account of one's own. Keys work for names, not addresses."""
    with empty_site.inside():
        user = User.objects.create_user(f"ida-{User.objects.count()}", password=PASSWORD)
        user.groups.add(Group.objects.get(name="operator"))
    url = empty_site.url.replace("127.0.0.1", "localhost")
    context = eyes.browser.new_context(base_url=url, viewport={"width": 390, "height": 900})
    context.set_default_timeout(15_000)
    page = context.new_page()
    checker.prepare(page)
    page.goto("/sign-in/")
    sign_in(page, user.username)
    page.wait_for_url(f"{url}/")
    page.goto("/account/")
    yield page
    context.close()


def test_a_key_is_added_renamed_and_removed(page: Page, axe: Checker) -> None:
    said = watch(page)
    found = axe.check(page)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    page.get_by_role("link", name="Add a security key").click()
    page.get_by_label("Name").fill("Blue")
    found += axe.check(page)
    page.get_by_role("button", name="Add the key").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("link", name="Rename Blue").click()
    found += axe.check(page)
    page.get_by_label("Name").fill("Green")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_text("10 left")).to_be_visible()
    found += axe.check(page)
    page.get_by_role("link", name="Remove Green").click()
    found += axe.check(page)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("your password alone lets you in")).to_be_visible()
    assert (found, said) == ([], [])


def test_an_app_is_set_up(page: Page, empty_site: Site, axe: Checker) -> None:
    page.get_by_role("link", name="Set up an app").click()
    page.get_by_text("Type the key instead").click()
    secret = page.locator("details code").inner_text().replace(" ", "")
    page.get_by_label("Code", exact=True).fill("000000")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_text("This code is not right").first).to_be_visible()
    found = axe.check(page)
    with empty_site.inside():
        counter = int(database_now().timestamp()) // factors.PERIOD
    page.get_by_label("Code", exact=True).fill(format_hotp_value(hotp_value(secret, counter)))
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    assert found == []


def test_another_password_is_set_and_other_sessions_end(page: Page, axe: Checker) -> None:
    page.get_by_role("link", name="Change the password").click()
    page.get_by_label("Password now").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("another long sentence")
    page.get_by_label("New password again").fill("another long word")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The two new passwords differ").first).to_be_visible()
    found = axe.check(page)
    page.get_by_label("Password now").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("another long sentence")
    page.get_by_label("New password again").fill("another long sentence")
    page.get_by_role("button", name="Change the password").click()
    page.wait_for_url(re.compile("/account/$"))
    expect(page.get_by_text("Your other sessions are over")).to_be_visible()
    assert found == []
