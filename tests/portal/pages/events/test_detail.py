"""The page of one event: what it caused and why, the profile, the payload."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import trail
from portal.roles import Role
from provisioning.events.models import Event, EventProfile
from provisioning.rules.matching import ask, listeners
from provisioning.rules.models import Verdict
from provisioning.runs.seeing import facts
from tests.support.factories import (
    COMMAND,
    NOW,
    client_of,
    make_delivery,
    make_event,
    make_person,
    make_profile,
    make_rule,
    make_user,
)
from tests.support.run_factories import make_run


def judged(profile: dict[str, str], **values: object) -> Event:
    """An event that every live rule was asked about, by the engine's own rules."""
    event = make_event(make_person("jane.doe@acme.example"), **values)
    read = make_profile(event, profile)
    for said in ask(listeners()[event.event_type], facts(event, read)):
        Verdict.objects.create(
            event=event,
            rule_id=said.listener.rule_id,
            version_id=said.listener.version_id,
            matched=said.matched,
            trace=said.trace,
            why=said.why,
            created_at=NOW,
        )
    return event


def page(event: Event, role: Role = Role.OPERATOR) -> str:
    return client_of(make_user(role)).get(f"/events/{event.code}/").content.decode()


@pytest.mark.django_db
def test_a_rule_that_did_not_match_says_which_condition_decided() -> None:
    make_rule("marketing-folder")
    html = page(judged({"department": "Sales"}, state=Event.State.NO_MATCH, run_count=0))
    assert "0 of 1 rule matched" in html
    assert "Department is Marketing: not so, it is Sales" in html
    assert "Country is one of SE, NO" in html
    assert "Test it with this event" in html


@pytest.mark.django_db
def test_a_rule_that_matched_leads_to_its_run_and_its_test() -> None:
    rule = make_rule("marketing-folder")
    event = judged({})
    run = make_run(rule, event)
    html = page(event)
    assert "1 of 1 rule matched" in html
    assert f"/runs/{run.code}/" in html
    assert f"/rules/marketing-folder/test/?event={event.code}" in html


@pytest.mark.django_db
def test_a_failed_run_is_named_on_top_with_its_cause() -> None:
    rule = make_rule()
    event = judged({}, state=Event.State.FAILED)
    run = make_run(rule, event, states=("failed", "waiting"), error="The bucket does not exist.")
    html = page(event)
    assert "Its run stopped and needs a person" in html
    assert "The bucket does not exist." in html
    assert f'href="/runs/{run.code}/">Open the run' in html


@pytest.mark.django_db
def test_what_changed_in_the_profile_is_shown() -> None:
    event = make_event(make_person())
    profile = make_profile(event)
    user: dict[str, Any] = profile.user or {}
    previous = {**user, "profile": {**user["profile"], "department": "Sales"}}
    EventProfile.objects.filter(pk=profile.pk).update(previous=previous, person_is_new=False)
    html = page(event)
    change = html[html.index("Changed since the event before") :].partition("</table>")[0]
    assert "profile.department" in change
    assert "Sales" in change
    assert "Marketing" in change
    assert "profile.country" not in change


@pytest.mark.django_db
def test_a_quarantined_event_says_why_and_keeps_its_text() -> None:
    event = make_event(
        body=["no", "object"],
        state=Event.State.QUARANTINED,
        run_count=0,
        error_code="not_understood",
        error="An event must be an object, this is a list.",
    )
    html = page(event)
    assert "This event could not be understood" in html
    assert "An event must be an object, this is a list." in html
    assert "&quot;object&quot;" in html or '"object"' in html


@pytest.mark.django_db
def test_an_event_that_is_tried_again_says_when() -> None:
    event = make_event(
        state=Event.State.RECEIVED,
        run_count=0,
        attempts=3,
        error_code="okta_rate",
        error="Okta allows no more calls this minute.",
        due_at=NOW + timedelta(minutes=4),
    )
    html = page(event)
    assert "Okta allows no more calls this minute." in html
    assert "3 tries so far; the next one is due at 2026-11-20 10:06:00 UTC" in html


@pytest.mark.django_db
def test_the_facts_link_to_the_delivery_and_give_the_digest() -> None:
    delivery = make_delivery()
    event = make_event(delivery=delivery)
    html = page(event)
    assert f"/deliveries/{delivery.code}/" in html
    assert bytes(event.digest).hex() in html


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "sees"), [(Role.AUDITOR, True), (Role.OPERATOR, False)])
def test_only_who_reads_the_audit_log_sees_the_trail(role: Role, sees: bool) -> None:
    event = make_event()
    obj = trail.Object("event", event.code, event.event_type)
    trail.record("event.scheduled", actor=COMMAND, obj=obj)
    assert ("event.scheduled" in page(event, role)) is sees


@pytest.mark.django_db
def test_the_page_asks_at_most_twelve_times_whatever_was_asked() -> None:
    counts = []
    for rules in (1, 8):
        for _ in range(rules):
            make_rule()
        event = judged({})
        client = client_of(make_user(Role.ADMIN))
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/events/{event.code}/")
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 12


@pytest.mark.django_db
def test_an_unknown_code_is_not_found() -> None:
    assert client_of(make_user()).get("/events/000000000000/").status_code == 404
