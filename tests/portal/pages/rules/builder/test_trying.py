"""A draft is held against a person or an event while it is built."""

from html import unescape

import pytest
from django.test import Client

from provisioning.rules import drafts
from provisioning.rules.models import Rule
from tests.portal.pages.rules.builder.support import EDIT, kept, post
from tests.support.factories import (
    COMMAND,
    make_event,
    make_person,
    make_profile,
)
from tests.support.list_checks import html_of

pytestmark = pytest.mark.django_db


def test_a_chosen_event_says_what_each_template_gives(client: Client, rule: Rule) -> None:
    event = make_event(make_person("jane@acme.example"))
    make_profile(event)

    html = html_of(client, f"{EDIT}?for=event:{event.code}")

    assert "Would match" in html
    assert "<code>marketing-Jane/</code>" in html
    assert "<code>jane@acme.example</code>" in html
    assert "known after that step" in html


def test_a_person_is_found_and_chosen(client: Client, rule: Rule) -> None:
    person = make_person("zoe@acme.example")
    found = post(client, "find", {"find": "zoe"}).headers["Location"]

    assert f'value="for:person:{person.pk}"' in html_of(client, found)
    response = post(client, f"for:person:{person.pk}")
    assert response.headers["Location"] == f"{EDIT}?for=person%3A{person.pk}&at=find"
    html = html_of(client, response.headers["Location"])
    assert "Only the profile is known here" in html
    assert "this gives nothing: user.profile.firstName has no value" in unescape(html)


def test_of_a_long_truth_table_only_what_decided_is_shown(client: Client, rule: Rule) -> None:
    event = make_event(make_person())
    make_profile(event)
    draft = drafts.start(rule, actor=COMMAND)
    missing = {"field": "user.profile.fax", "op": "exists"}
    there = {"field": "user.profile.firstName", "op": "exists"}
    definition = {**kept(), "when": {"all": [there] * 11 + [missing]}}
    drafts.save(draft, definition=definition, seen=draft.seen, actor=COMMAND)

    html = html_of(client, f"{EDIT}?for=event:{event.code}")
    assert "Only the conditions that decided" in html
    assert html.count('class="truth-row') == 1
