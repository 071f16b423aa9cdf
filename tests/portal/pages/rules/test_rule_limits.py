"""What a rule may do at once stands on its page, with the number that a share comes to."""

from html import unescape
from typing import Any

import pytest
from django.test import Client

from portal.roles import Role
from provisioning.clocks import database_now
from provisioning.rules import coverage, drafts
from provisioning.rules.models import Rule
from tests.support.engine import rule as make_rule
from tests.support.factories import COMMAND, client_of, make_person, make_user
from tests.support.list_checks import html_of

pytestmark = pytest.mark.django_db
MAIL = {"action": "email.send", "with": {"to": "it@acme.example", "subject": "a", "body": "b"}}


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR))


def rule(**fields: Any) -> Rule:
    return make_rule("leavers", MAIL, **fields)


def count() -> None:
    coverage.keep_needed(database_now())
    while coverage.count_due():
        pass


def test_the_limits_stand_on_the_page(client: Client) -> None:
    rule()
    assert "<dt>Limits</dt><dd>the defaults</dd>" in html_of(client, "/rules/leavers/")
    rule(limits={"runs": 7})
    html = html_of(client, "/rules/leavers/")
    assert "<dt>Limits</dt><dd>runs 7 in 1h</dd>" in html
    assert "<dt>Share</dt>" not in html


def test_a_share_stands_there_with_what_it_comes_to(client: Client) -> None:
    for _ in range(12):
        make_person()
    rule(limits={"share": "20%"})
    html = html_of(client, "/rules/leavers/")
    assert "20 % of everybody Sluice knows, until the people this rule covers are counted" in html
    count()
    html = html_of(client, "/rules/leavers/")
    assert "3 people, 20 % of the 12 this rule covers." in html
    assert '<span class="meta">Counted <time' in html


def test_the_builder_names_the_number_at_the_field(client: Client) -> None:
    for _ in range(12):
        make_person()
    rule(limits={"share": "20%"})
    assert "covers 12 people" not in html_of(client, "/rules/leavers/edit/")
    count()
    html = unescape(html_of(client, "/rules/leavers/edit/"))
    help_of_share = html[html.index('id="limits.share.text-help"') :].split("</div>")[0]
    assert "as a share of the people this rule covers" in help_of_share
    assert "Version 1 covers 12 people, counted 20" in help_of_share


def test_of_a_rule_that_is_not_there_yet_no_number_is_named(client: Client) -> None:
    draft = drafts.start(None, name="fresh", actor=COMMAND)
    definition = {**(draft.definition or {}), "limits": {"share": "20%"}}
    drafts.save(draft, definition=definition, seen=draft.seen, actor=COMMAND)
    html = html_of(client, "/rules/fresh/edit/")
    assert "Share of people" in html
    assert "counted 20" not in html
