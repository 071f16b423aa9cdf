"""What was sent after the end of a session is found again and sent, in Chromium, with and without
scripts."""

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import Group
from django.test import override_settings
from playwright.sync_api import Page, expect

from portal.accounts.session_store import SEEN, SessionStore
from portal.models import KeptForm, User
from provisioning.rules.models import Draft
from tests.browser import checker
from tests.browser.checker import Checker
from tests.browser.looking import Eyes, sign_in, watch
from tests.browser.site import PASSWORD, Site

pytestmark = pytest.mark.browser
_numbers = itertools.count(1)

YAML = """\
name: {name}
kind: event
title: "Umlauts äöü, <b>marks</b> & 'quotes'"
on: [user.lifecycle.create]

do:
  - action: email.send
    with: {{to: a@acme.example, subject: One, body: "two  spaces"}}
"""


@contextmanager
def somebody(eyes: Eyes, site: Site, *, scripts: bool) -> Iterator[Page]:
    """An operator of their own, on a phone."""
    with site.inside():
        user = User.objects.create_user(f"kim-{User.objects.count()}", password=PASSWORD)
        user.groups.add(Group.objects.get(name="operator"))
    context = eyes.browser.new_context(
        base_url=site.url, viewport={"width": 390, "height": 900}, java_script_enabled=scripts
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto("/sign-in/")
    sign_in(page, user.username)
    page.wait_for_url(f"{site.url}/")
    yield page
    context.close()


def end_session(page: Page, site: Site) -> str:
    """Nothing was done for long; whose session it was."""
    key = next(
        str(one.get("value")) for one in page.context.cookies() if one.get("name") == "session"
    )
    with site.inside(), override_settings(SECRET_KEY=site.environ["SECRET_KEY"]):
        session = SessionStore(key)
        session[SEEN] -= 20 * 60
        session.save()
        return str(User.objects.get(pk=session["_auth_user_id"]).username)


def come_back(page: Page, username: str) -> None:
    expect(page.get_by_text("What you typed is kept for 30 minutes")).to_be_visible()
    sign_in(page, username)
    page.wait_for_url(re.compile("/kept/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing was done with this form")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_draft_is_sent_as_it_was_written(eyes: Eyes, empty_site: Site, scripts: bool) -> None:
    name = f"kept-{next(_numbers)}"
    with somebody(eyes, empty_site, scripts=scripts) as page:
        page.goto("/rules/new/")
        page.get_by_label("Name").fill(name)
        page.get_by_role("button", name="Begin").click()
        page.goto(f"/rules/{name}/draft/")
        page.get_by_label("YAML").fill(YAML.format(name=name))
        username = end_session(page, empty_site)
        page.get_by_role("button", name="Save").first.click()
        come_back(page, username)
        expect(page.get_by_label("Source")).to_have_value(YAML.format(name=name))
        page.get_by_role("button", name="Send it now").click()
        page.wait_for_url(f"**/rules/{name}/draft/")
    with empty_site.inside():
        draft = Draft.objects.unfinished().get(name=name)
        assert draft.source.replace("\r\n", "\n") == YAML.format(name=name)
        assert not KeptForm.objects.exists()


def test_the_builder_leads_to_the_sign_in_as_a_whole_and_the_page_has_no_violation(
    eyes: Eyes, empty_site: Site, axe: Checker
) -> None:
    name = f"kept-{next(_numbers)}"
    with somebody(eyes, empty_site, scripts=True) as page:
        checker.prepare(page)
        said = watch(page)
        page.goto("/rules/new/")
        page.get_by_label("Name").fill(name)
        page.get_by_role("button", name="Begin").click()
        page.goto(f"/rules/{name}/edit/")
        page.locator("[id='title']").fill("Thought about for long")
        username = end_session(page, empty_site)
        page.locator("[id='save']").click()
        page.wait_for_url(re.compile("/sign-in/"))
        found = axe.check(page)
        come_back(page, username)
        found += axe.check(page)
        expect(page.get_by_text("Thought about for long")).to_be_visible()
        page.get_by_role("button", name="Send it now").click()
        page.wait_for_url(re.compile(f"/rules/{name}/edit/"))
        expect(page.locator("[id='title']")).to_have_value("Thought about for long")
        assert (found, said) == ([], [])
    with empty_site.inside():
        assert not KeptForm.objects.exists()


def test_staying_too_late_does_not_lose_what_is_typed(eyes: Eyes, empty_site: Site) -> None:
    with somebody(eyes, empty_site, scripts=True) as page:
        page.clock.install()
        page.goto("/rules/new/")
        page.get_by_label("Name").fill("never-made")
        username = end_session(page, empty_site)
        page.clock.run_for(15 * 60_000)
        page.get_by_role("button", name="Stay signed in").click()
        expect(page.locator("#idle")).to_contain_text("Send what you typed all the same")
        expect(page.locator("#status")).to_contain_text("Your session is over")
        page.get_by_role("button", name="Begin").click()
        come_back(page, username)
        expect(page.locator(".facts")).to_contain_text("never-made")
        page.get_by_role("button", name="Throw it away").click()
        page.wait_for_url("**/rules/new/")


def test_it_is_thrown_away(eyes: Eyes, empty_site: Site) -> None:
    with somebody(eyes, empty_site, scripts=False) as page:
        page.goto("/rules/new/")
        page.get_by_label("Name").fill("never-made")
        username = end_session(page, empty_site)
        page.get_by_role("button", name="Begin").click()
        come_back(page, username)
        page.get_by_role("button", name="Throw it away").click()
        page.wait_for_url("**/rules/new/")
        expect(page.get_by_text("Thrown away. Nothing was done with it.")).to_be_visible()
    with empty_site.inside():
        assert not KeptForm.objects.exists()
        assert not Draft.objects.filter(name="never-made").exists()
