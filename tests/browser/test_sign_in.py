"""Signing in as people do it, in Chromium: with Okta, with an app's code, with a security key."""

import re
from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django import DjangoDbBlocker

from portal.accounts import factors
from provisioning.clocks import database_now
from tests.browser import checker
from tests.browser.checker import Checker
from tests.browser.looking import Eyes, sign_in, watch
from tests.browser.site import Site
from tests.browser.stack import Stack
from tests.support.cluster import Cluster

pytestmark = pytest.mark.browser
OKTA_GROUP = "sluice-operators"


@pytest.fixture(scope="module")
def guarded(
    cluster: Cluster, redis_url: str, stack: Stack, django_db_blocker: DjangoDbBlocker
) -> Iterator[Site]:
    """A portal as in production: a second factor is required. Its Okta is the stack's."""
    wanted = ("OIDC_", "OKTA_", "SANDBOX_")
    environ = {name: value for name, value in stack.environ.items() if name.startswith(wanted)}
    site = Site(
        cluster,
        redis_url=redis_url,
        environ={**environ, "REQUIRE_MFA": "true"},
        allowed=django_db_blocker.unblock,
    )
    try:
        site.start()
        # Security keys work for names, not for addresses.
        site.url = site.url.replace("127.0.0.1", "localhost")
        with site.inside():
            site.make_accounts()
        yield site
    finally:
        site.stop()


@pytest.fixture
def context(eyes: Eyes, guarded: Site) -> Iterator[BrowserContext]:
    made = eyes.browser.new_context(base_url=guarded.url, viewport={"width": 390, "height": 900})
    made.set_default_timeout(15_000)
    yield made
    made.close()


def test_one_signs_in_with_okta_and_comes_to_the_page_asked_for(
    context: BrowserContext, stack: Stack
) -> None:
    if OKTA_GROUP not in {group["profile"]["name"] for group in stack.client.list_groups()}:
        stack.client.create_group(OKTA_GROUP)
    stack.client.add_member(OKTA_GROUP, "ada.admin@acme.example")
    page = context.new_page()
    said = watch(page)
    page.goto("/rules/")
    page.get_by_role("button", name="Sign in with Okta").click()
    page.get_by_role("button", name="Ada Admin").click()
    page.wait_for_url(re.compile("/rules/$"))
    expect(page.get_by_role("button", name="account of Ada Admin")).to_be_attached()
    assert [line for line in said if "refused" in line or "Content Security" in line] == []


def test_one_sets_up_an_app_and_signs_in_with_its_codes(
    context: BrowserContext, guarded: Site
) -> None:
    page = context.new_page()
    page.goto("/sign-in/?next=/rules/")
    sign_in(page, "maya")
    page.wait_for_url(re.compile("/sign-in/enrol/"))
    page.get_by_text("Type the key instead").click()
    secret = page.locator("details code").inner_text().replace(" ", "")
    page.get_by_label("Code", exact=True).fill(_code(guarded, secret))
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    recovery = page.locator(".recovery-codes code").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url(re.compile("/rules/$"))
    _sign_out(page)
    sign_in(page, "maya")
    page.wait_for_url(re.compile("/sign-in/code/"))
    page.get_by_label("Code", exact=True).fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("This code is not right")
    page.get_by_label("Code", exact=True).fill(recovery)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("button", name="account of Maya Lindqvist")).to_be_attached()


def test_one_sets_up_a_security_key_and_signs_in_with_it(context: BrowserContext) -> None:
    page = context.new_page()
    said = watch(page)
    _plug_in_a_key(page)
    page.goto("/sign-in/?next=/rules/")
    sign_in(page, "tomas")
    page.get_by_role("button", name="Set up a security key instead").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.get_by_role("link", name="I have kept them").click()
    _sign_out(page)
    sign_in(page, "tomas")
    page.wait_for_url(re.compile("/sign-in/code/"))
    page.get_by_role("button", name="Use a security key").click()
    expect(page.get_by_role("button", name="account of Tomás Herrera")).to_be_attached()
    page.goto("/sign-in/again/?next=/rules/")
    page.get_by_label("Password").fill("a long password of the tests")
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url(re.compile("/rules/$"))
    assert [line for line in said if "refused" in line or "Content Security" in line] == []


def test_a_key_that_is_not_there_is_said_so(context: BrowserContext) -> None:
    page = context.new_page()
    _plug_in_a_key(page, present=False)
    page.goto("/sign-in/")
    sign_in(page, "grace")
    page.get_by_role("button", name="Set up a security key instead").click()
    expect(page.locator("[data-key-says]")).to_have_text("Touch your key.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up a second factor")


def test_the_pages_of_signing_in_have_no_violation(eyes: Eyes, guarded: Site, axe: Checker) -> None:
    made = eyes.browser.new_context(base_url=guarded.url)
    page = made.new_page()
    checker.prepare(page)
    page.goto("/sign-in/?late=1")
    found = axe.check(page)
    sign_in(page, "noor")
    page.wait_for_url(re.compile("/sign-in/enrol/"))
    page.get_by_text("Type the key instead").click()
    found += axe.check(page)
    page.goto("/sign-in/okta/callback/")
    found += axe.check(page)
    made.close()
    assert found == []


def _code(site: Site, secret: str) -> str:
    with site.inside():
        counter = int(database_now().timestamp()) // factors.PERIOD
    return str(format_hotp_value(hotp_value(secret, counter)))


def _sign_out(page: Page) -> None:
    page.get_by_role("button", name="account of").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("/sign-in/"))


def _plug_in_a_key(page: Page, *, present: bool = True) -> None:
    """Chromium's own stand-in for a key that is touched at once, or never."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": False}
    options |= {"hasUserVerification": True, "isUserVerified": True}
    options |= {"automaticPresenceSimulation": present}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
