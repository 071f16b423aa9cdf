"""Testing a rule on a past event: what it would say and send; nothing is called or written."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.roles import Role
from provisioning.actions.aws.s3 import CreateFolder
from provisioning.events.models import Event
from provisioning.rules.models import Rule
from tests.support.factories import (
    client_of,
    make_event,
    make_person,
    make_profile,
    make_rule,
    make_user,
)
from tests.support.list_checks import html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.AUDITOR))


@pytest.fixture
def rule() -> Rule:
    return make_rule("joiner")


@pytest.fixture
def event() -> Event:
    event = make_event(make_person("jane@acme.example"))
    make_profile(event)
    return event


def url(event: Event) -> str:
    return f"/rules/joiner/test/?event={event.code}"


def test_it_shows_each_condition_with_what_it_found(
    client: Client, rule: Rule, event: Event
) -> None:
    html = html_of(client, url(event))

    assert "Would match" in html
    assert '<span class="truth-said">Department is Marketing</span>' in html
    assert '<span class="truth-seen">Marketing</span>' in html
    assert "Country is one of SE, NO" in html
    assert '<span class="visually-hidden">Not needed</span>' in html


def test_it_shows_what_each_step_would_send(client: Client, rule: Rule, event: Event) -> None:
    html = html_of(client, url(event))

    assert "Create the folder marketing-Jane/ in the bucket team-folders" in html
    assert "Send the mail" in html
    assert "jane@acme.example" in html


def test_an_output_that_is_not_known_yet_is_marked(
    client: Client, rule: Rule, event: Event
) -> None:
    html = html_of(client, url(event))

    assert "Not known before earlier steps have run: <code>folder.output.url</code>" in html
    assert "«folder.output.url, known after that step»" in html


def test_the_first_condition_that_decided_against_is_said(client: Client, rule: Rule) -> None:
    event = make_event(make_person())
    make_profile(event, {"department": "Sales"})

    html = html_of(client, url(event))

    assert "Would not match" in html
    assert "Department is Marketing: not so, it is Sales" in html


def test_problems_of_the_rendered_parameters_are_shown(client: Client, rule: Rule) -> None:
    event = make_event(make_person())
    make_profile(event, {"firstName": "x" * 1_100})

    assert "notice tone-bad" in html_of(client, url(event))


def test_a_value_that_is_missing_is_named(client: Client, rule: Rule) -> None:
    event = make_event(make_person())

    html = html_of(client, url(event))

    assert "user.profile.firstName has no value" in html
    assert "profile was not read when this event came" in html.replace("&#x27;", "'")


def test_nothing_is_called_and_nothing_is_written(
    client: Client, rule: Rule, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []
    for name in ("look", "act"):
        monkeypatch.setattr(CreateFolder, name, lambda *_: called.append("called"))

    with CaptureQueriesContext(connection) as caught:
        html_of(client, url(event))

    assert not called
    assert all(query["sql"].startswith("SELECT") for query in caught.captured_queries)


@pytest.mark.parametrize("code", ["000000000000", "%00", "x", "<script>"])
def test_an_event_that_is_not_there_is_said(client: Client, rule: Rule, code: str) -> None:
    html = html_of(client, f"/rules/joiner/test/?event={code}")

    assert "that a rule could be held against" in html


def test_an_event_of_another_type_is_tested_with_a_warning(client: Client, rule: Rule) -> None:
    event = make_event(event_type="user.session.start")

    assert "This rule does not start on user.session.start" in html_of(client, url(event))


def test_a_quarantined_event_cannot_be_chosen(client: Client, rule: Rule) -> None:
    event = make_event(state=Event.State.QUARANTINED, body="not an object")

    assert "There is no event" in html_of(client, url(event))


def test_without_an_event_it_asks_for_one(client: Client, rule: Rule) -> None:
    assert "No event of these types has come yet." in html_of(client, "/rules/joiner/test/")
