"""Holding events against the rules: one that cannot be matched stops no other."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from audit.models import Entry
from provisioning.clocks import database_now
from provisioning.events.models import Event, Person
from provisioning.rules.matching import ask as ask_all
from provisioning.rules.models import Verdict
from provisioning.runs import making, scheduling
from provisioning.runs.models import Run
from provisioning.runs.scheduling import retry_event
from provisioning.status import balance
from tests.support.actions import Shelf
from tests.support.engine import (
    TESTER,
    assert_settled,
    drain,
    make_due,
    receive,
    rule,
    run_of,
    step,
    suspended,
)

NEEDS_OKTA = {"field": "user.profile.department", "op": "equals", "value": "Marketing"}


def test_an_event_without_a_listening_rule_matches_nothing(shelf: Shelf) -> None:
    [event] = receive(suspended())
    drain()
    event.refresh_from_db()
    assert (event.state, event.run_count) == ("no_match", 0)
    assert event.settled_at is not None
    assert Entry.objects.get(verb="event.scheduled").data["verdicts"] == {}


def test_the_verdict_of_every_listening_rule_is_kept(shelf: Shelf) -> None:
    rule("one", step("test.put", "a"))
    rule("two", step("test.put", "b"), when={"field": "actor.id", "op": "equals", "value": "x"})
    receive(suspended())
    drain()
    said = {v.rule.name: v.matched for v in Verdict.objects.select_related("rule")}
    assert said == {"one": True, "two": False}


def test_the_same_event_is_matched_once_however_often_it_comes(shelf: Shelf) -> None:
    rule("one", step("test.put", "a"))
    event = suspended()
    for _ in range(5):
        receive(event)
    drain()
    assert (Event.objects.count(), Run.objects.count(), shelf.acts["a"]) == (1, 1, 1)


def test_one_event_that_breaks_matching_stops_no_other_of_its_batch(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule("one", step("test.put", "{{ event.target.User.id }}"))
    bad, *fine = receive(*(suspended(f"00u{number}") for number in range(4)))

    def ask(listening: object, facts: object) -> object:
        if "00u0" in str(facts):
            raise ZeroDivisionError("a defect")
        return ask_all(listening, facts)  # type: ignore[arg-type]  # passed on as they are

    monkeypatch.setattr(scheduling, "ask", ask)
    drain()
    assert [run_of(event).state for event in fine] == ["succeeded"] * 3
    bad.refresh_from_db()
    assert (bad.state, bad.error_code) == ("received", "internal_error")
    assert bad.due_at > database_now()
    monkeypatch.undo()
    make_due()
    drain()
    assert run_of(bad).state == "succeeded"
    assert_settled()


def test_an_event_whose_entry_cannot_be_written_is_put_back_whole(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: putting back what matching had set in memory left it running without runs."""
    rule("one", step("test.put", "a"))
    [event] = receive(suspended())
    monkeypatch.setattr(making, "_told", lambda *_: 1 / 0)
    drain()
    event.refresh_from_db()
    assert (event.state, event.run_count, Run.objects.count()) == ("received", 0, 0)
    assert (Verdict.objects.count(), Person.objects.count()) == (0, 0)
    assert balance().holds
    monkeypatch.undo()
    make_due()
    drain()
    assert run_of(event).state == "succeeded"


def test_a_rule_that_cannot_be_loaded_puts_events_back_with_the_reason(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule("one", step("test.put", "a"))
    [event] = receive(suspended())
    monkeypatch.setattr(scheduling, "listeners", lambda: 1 / 0)
    drain()
    event.refresh_from_db()
    assert (event.state, event.error_code, event.lost_claims) == ("received", "internal_error", 0)


def test_without_an_okta_org_only_events_that_need_one_wait(
    shelf: Shelf, settings: Settings
) -> None:
    settings.OKTA_ORG_URL = ""
    rule("plain", step("test.put", "{{ event.target.User.id }}"))
    rule("asks", step("test.put", "b"), when=NEEDS_OKTA, on=["user.lifecycle.unsuspend"])
    plain, asks = receive(
        suspended("00u1"), suspended("00u2", eventType="user.lifecycle.unsuspend")
    )
    drain()
    asks.refresh_from_db()
    assert run_of(plain).state == "succeeded"
    assert (asks.state, asks.error_code) == ("received", "okta_not_configured")
    assert "Set OKTA_ORG_URL" in asks.error


def given_up(settings: Settings) -> Event:
    settings.OKTA_ORG_URL = ""
    rule("asks", step("test.put", "b"), when=NEEDS_OKTA)
    [event] = receive(suspended())
    drain()
    Event.objects.update(received_at=database_now() - timedelta(hours=25))
    make_due()
    drain()
    event.refresh_from_db()
    return event


def test_after_a_day_an_event_fails_with_its_reason_and_an_entry(
    shelf: Shelf, settings: Settings
) -> None:
    event = given_up(settings)
    assert (event.state, event.error_code) == ("failed", "okta_not_configured")
    entry = Entry.objects.get(verb="event.failed")
    assert (entry.object_id, entry.outcome, entry.data["attempts"]) == (event.code, "failed", 2)
    assert balance().failed == 1


def test_a_failed_event_is_tried_again_when_a_person_says_so(
    shelf: Shelf, settings: Settings
) -> None:
    event = given_up(settings)
    rule("asks", step("test.put", "b"))
    assert retry_event(event, actor=TESTER)
    assert not retry_event(event, actor=TESTER)
    drain()
    assert run_of(event).state == "succeeded"
    assert Entry.objects.filter(verb="event.retried", object_id=event.code).count() == 1


def test_an_event_that_a_person_tries_again_has_a_day_again(
    shelf: Shelf, settings: Settings
) -> None:
    """Mutation: counted from when it came, its second try would be the last."""
    event = given_up(settings)
    assert retry_event(event, actor=TESTER)
    for _ in range(3):
        drain()
        make_due()
    event.refresh_from_db()
    assert (event.state, event.attempts) == ("received", 3)


def test_a_failed_event_that_has_runs_is_not_matched_again(shelf: Shelf) -> None:
    rule("one", step("test.put", "{{ event.nothing }}"))
    [event] = receive(suspended())
    drain()
    event.refresh_from_db()
    assert event.state == "failed"
    assert not retry_event(event, actor=TESTER)


def test_two_workers_that_meet_a_new_person_keep_one_row(shelf: Shelf) -> None:
    """Mutation: without locking again after the insert, one of them overwrites the other."""
    receive(suspended("00u1", minute=1))
    later = scheduling.claim(1)
    receive(suspended("00u1", minute=0))
    earlier = scheduling.claim(1)
    assert len(later) == len(earlier) == 1
    scheduling._schedule(later, actor=TESTER)
    scheduling._schedule(earlier, actor=TESTER)
    assert Person.objects.count() == 1
