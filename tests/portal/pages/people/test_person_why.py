"""Why a rule applies to a person or does not: now, and as it was at an event of the past."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from provisioning.events.models import EventProfile, Person
from provisioning.rules.models import Verdict
from provisioning.runs.models import Run
from tests.support.factories import (
    HOSTILE,
    NOW,
    SECRET,
    client_of,
    current_of,
    make_event,
    make_person,
    make_profile,
    make_rule,
    make_user,
)
from tests.support.list_checks import assert_nothing_breaks, html_of

pytestmark = pytest.mark.django_db
RULE = """
name: {name}
kind: event
title: A folder for people in Marketing
on: [user.lifecycle.create]
when:
  all:
    - {{field: user.profile.department, op: equals, value: {value}}}
    - {{field: event.eventType, op: equals, value: user.lifecycle.create}}
do:
  - id: mail
    action: email.send
    with: {{to: "a@acme.example", subject: Hello, body: "Hello"}}
"""


def rule_text(name: str = "joiner", value: str = "Marketing") -> str:
    return RULE.format(name=name, value=value)


def known(department: str) -> Person:
    person = make_person("jane@acme.example")
    person.user = {"status": "ACTIVE", "profile": {"department": department}}
    person.user_read_at = NOW
    person.save()
    return person


def ask(person: Person, query: str, client: Client | None = None) -> str:
    return html_of(client or client_of(make_user()), f"/people/{person.pk}/why/?{query}")


def section(html: str, label: str) -> str:
    return html[html.index(f'aria-label="{label}"') :].partition("</section>")[0]


def test_now_is_the_profile_as_known_now_with_the_last_event_of_the_rules_types() -> None:
    make_rule(text=rule_text())
    person = known("Marketing")
    make_event(person, received_at=NOW - timedelta(days=1))
    last = make_event(person)
    make_event(person, event_type="user.session.start", received_at=NOW + timedelta(days=1))
    now = section(ask(person, "rule=joiner"), "Now")
    assert "Applies" in now
    assert "the last event that it starts on, user.lifecycle.create" in now
    assert "the profile as known now" in now
    assert f"/events/{last.code}/" in now


def test_then_is_the_profile_as_it_was_read_for_that_event() -> None:
    make_rule(text=rule_text())
    person = known("Sales")
    event = make_event(person)
    make_profile(event, {"department": "Marketing"})
    html = ask(person, f"rule=joiner&event={event.code}")
    assert "Does not apply" in section(html, "Now")
    assert "Sales" in section(html, "Now")
    assert "Applies" in section(html, "At the event")
    assert "Marketing" in section(html, "At the event")


def test_without_an_event_of_its_types_the_profile_alone_is_held_and_said_so() -> None:
    make_rule(text=rule_text())
    person = known("Marketing")
    make_event(person, event_type="user.session.start")
    now = section(ask(person, "rule=joiner"), "Now")
    assert "this person has had none that the rule starts on" in now
    assert "Without an event, conditions on it find no value." in now
    assert "Does not apply" in now


def test_a_profile_that_was_never_read_is_said() -> None:
    make_rule(text=rule_text())
    person = make_person()
    make_event(person)
    assert "The profile was not read" in ask(person, "rule=joiner")


def test_an_event_that_the_rule_does_not_start_on_is_said() -> None:
    make_rule(text=rule_text())
    person = known("Marketing")
    other = make_event(person, event_type="user.session.start")
    then = section(ask(person, f"rule=joiner&event={other.code}"), "At the event")
    assert "does not start on user.session.start" in then


def test_what_the_rule_really_said_then_is_told_with_its_version() -> None:
    rule = make_rule(text=rule_text())
    person = known("Marketing")
    event = make_event(person)
    assert "this rule was not asked" in ask(person, f"rule=joiner&event={event.code}")
    Verdict.objects.create(
        event=event, rule=rule, version=current_of(rule), matched=False, trace={},
        why="Department was Sales.", created_at=NOW,
    )  # fmt: skip
    html = ask(person, f"rule=joiner&event={event.code}")
    assert "version 1 said: it does not match. Department was Sales." in html


def test_changes_are_seen_now_as_they_were_at_the_event_while_nothing_changed_since() -> None:
    text = rule_text().replace("op: equals, value: Marketing", "op: changed")
    make_rule(text=text)
    person = known("Marketing")
    event = make_event(person)
    EventProfile.objects.create(
        event=event, read_at=NOW, user=person.user, groups=None, person_is_new=False,
        previous={"status": "ACTIVE", "profile": {"department": "Sales"}},
    )  # fmt: skip
    html = ask(person, f"rule=joiner&event={event.code}")
    assert "Applies" in section(html, "Now")
    assert "before: Sales" in section(html, "Now")
    assert "Applies" in section(html, "At the event")


def test_groups_are_those_read_last_and_their_time_is_said() -> None:
    text = rule_text().replace(
        "field: user.profile.department, op: equals", "field: groups, op: contains"
    )
    make_rule(text=text)
    person = known("Sales")
    profile = make_profile(make_event(person))
    profile.groups = [{"id": "g", "profile": {"name": "Marketing"}}]
    profile.save()
    now = section(ask(person, "rule=joiner"), "Now")
    assert "Applies" in now
    assert "groups as read at 2026-11-20" in now


def test_a_rule_that_is_off_says_so() -> None:
    rule = make_rule(text=rule_text())
    rule.enabled = False
    rule.save()
    assert "This rule is off" in ask(known("Marketing"), "rule=joiner")


@pytest.mark.parametrize("query", ["", "rule=", "rule=nothing", "rule=joiner&event=ZZZZZZZZZZZZ"])
def test_a_question_that_cannot_be_answered_is_refused_in_words(query: str) -> None:
    make_rule(text=rule_text())
    person = known("Marketing")
    response = client_of(make_user()).get(f"/people/{person.pk}/why/?{query}")
    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()


def test_an_event_of_somebody_else_is_no_event_of_this_person() -> None:
    make_rule(text=rule_text())
    person, other = known("Marketing"), make_event(make_person())
    url = f"/people/{person.pk}/why/?rule=joiner&event={other.code}"
    assert client_of(make_user()).get(url).status_code == 400


def test_nothing_is_written_and_at_most_twelve_queries_are_made() -> None:
    make_rule(text=rule_text())
    person = known("Marketing")
    event = make_event(person)
    make_profile(event)
    client = client_of(make_user())
    before = (Entry.objects.count(), Run.objects.count(), Verdict.objects.count())
    with CaptureQueriesContext(connection) as caught:
        ask(person, f"rule=joiner&event={event.code}", client)
    assert (Entry.objects.count(), Run.objects.count(), Verdict.objects.count()) == before
    assert len(caught) <= 12
    assert not [one for one in caught if not one["sql"].startswith("SELECT")]


def test_a_hostile_profile_makes_no_element_and_secrets_are_masked() -> None:
    make_rule(text=rule_text(value="Sales"))
    person = known(f"{HOSTILE} {SECRET}")
    event = make_event(person)
    make_profile(event, {"department": f"{HOSTILE} {SECRET}"})
    html = ask(person, f"rule=joiner&event={event.code}")
    assert "<img" not in html
    assert "&lt;img src=x" in html
    assert SECRET not in html


def test_nothing_in_the_address_breaks_it() -> None:
    make_rule(text=rule_text())
    person = known("Marketing")
    make_event(person)
    names = ["rule", "event", "zzz"]
    client = client_of(make_user())
    assert_nothing_breaks(client, f"/people/{person.pk}/why/", names, 200)
