"""A draft held against stored events: every match counted, nobody called, bound to what it says."""

from datetime import timedelta
from typing import Any

import pytest

from audit.models import Entry
from audit.trail import Actor
from provisioning import jobs
from provisioning.clocks import database_now
from provisioning.events.models import Event, EventProfile
from provisioning.rules import backtests, drafts, publishing, versions
from provisioning.rules.drafts import DraftRefused
from provisioning.rules.models import Backtest, Draft, Rule
from tests.support.factories import COMMAND, make_event, make_person, make_rule

MAYA = Actor("user", "U-MAYA", "maya", "198.51.100.7")


def person_in(department: str, *, country: str = "SE", days_ago: int = 0) -> Event:
    person = make_person(name=f"Somebody in {department}")
    at = database_now() - timedelta(days=days_ago)
    event = make_event(person, received_at=at)
    profile = {"department": department, "country": country, "firstName": "Ana",
               "email": person.login}  # fmt: skip
    EventProfile.objects.create(
        event=event, read_at=at, user={"id": person.pk, "profile": profile}, person_is_new=True
    )
    return event


def edited(old: str, new: str) -> Draft:
    draft = drafts.start(make_rule("folder"), actor=MAYA)
    changed = draft.source.replace(old, new)
    assert changed != draft.source
    return drafts.save(draft, source=changed, seen=draft.seen, actor=MAYA)


def finished(draft: Draft, days: int = 7) -> Backtest:
    backtest = backtests.start(draft, days=days, actor=MAYA)
    while backtests.work_due(actor=COMMAND):
        pass
    backtest.refresh_from_db()
    return backtest


def test_it_says_who_is_new_and_who_is_not_any_more(db: None) -> None:
    sales = [person_in("Sales") for _ in range(3)]
    marketing = [person_in("Marketing") for _ in range(2)]
    person_in("Finance")
    found = finished(edited("value: Marketing", "value: Sales")).result
    counts = {key: found["counts"][key] for key in ("before", "now", "new", "gone", "kept")}
    assert counts == {"before": 2, "now": 3, "new": 3, "gone": 2, "kept": 0}
    assert (found["counts"]["people_new"], found["counts"]["people_gone"]) == (3, 2)
    assert [one["event"] for one in found["new"]] == [event.code for event in sales]
    assert [one["event"] for one in found["gone"]] == [event.code for event in marketing]
    assert found["gone"][0]["why"] == "Department is Sales: not so, it is Marketing"
    assert found["calls"] == {"aws.s3.create_folder": 3, "email.send": 3}
    assert found["new"][0]["says"]


def test_nothing_is_made_and_nobody_is_called(db: None) -> None:
    event = person_in("Sales")
    finished(edited("value: Marketing", "value: Sales"))
    assert not event.runs.exists()
    assert not event.verdicts.exists()


def test_lists_are_bounded_and_counts_are_not(db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr("provisioning.rules.comparing_events.LISTED", 2)
    monkeypatch.setattr(backtests, "CHUNK", 2)
    for _ in range(5):
        person_in("Sales")
    backtest = finished(edited("value: Marketing", "value: Sales"))
    assert (backtest.result["counts"]["new"], len(backtest.result["new"])) == (5, 2)
    assert (backtest.done, backtest.total) == (5, 5)


def test_only_the_window_and_the_types_of_either_version_are_looked_at(db: None) -> None:
    person_in("Sales", days_ago=8)
    make_event(make_person(), event_type="user.session.start", received_at=database_now())
    inside = person_in("Sales", days_ago=6)
    backtest = finished(edited("value: Marketing", "value: Sales"))
    assert [one["event"] for one in backtest.result["new"]] == [inside.code]
    assert backtest.done == 1


def test_a_rule_that_is_off_does_nothing_before(db: None) -> None:
    person_in("Marketing")
    rule = make_rule("folder")
    versions.switch("folder", on=False, actor=COMMAND)
    rule.refresh_from_db()
    draft = drafts.start(rule, actor=MAYA)
    definition = {**(draft.definition or {}), "enabled": True, "title": "On again"}
    draft = drafts.save(draft, definition=definition, seen=draft.seen, actor=MAYA)
    counts = finished(draft).result["counts"]
    assert (counts["before"], counts["new"]) == (0, 1)


def test_a_draft_that_turns_the_rule_off_matches_nothing(db: None) -> None:
    person_in("Marketing")
    draft = drafts.start(make_rule("folder"), actor=MAYA)
    definition = {**(draft.definition or {}), "enabled": False}
    draft = drafts.save(draft, definition=definition, seen=draft.seen, actor=MAYA)
    counts = finished(draft).result["counts"]
    assert (counts["before"], counts["now"], counts["gone"]) == (1, 0, 1)


def test_a_profile_that_was_not_kept_is_said(db: None) -> None:
    make_event(make_person(), received_at=database_now())
    assert (
        finished(edited("value: Marketing", "value: Sales")).result["counts"]["without_profile"]
        == 1
    )


def test_calls_that_could_not_be_made_are_found_before(db: None) -> None:
    person_in("Marketing")
    draft = edited("user.profile.firstName", "user.profile.nickName")
    found = finished(draft).result
    assert "user.profile.nickName has no value" in found["problems"][0]["why"]


def test_it_goes_on_where_a_lost_worker_was(db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(backtests, "CHUNK", 2)
    for _ in range(5):
        person_in("Sales")
    backtest = backtests.start(edited("value: Marketing", "value: Sales"), days=7, actor=MAYA)
    backtests.work_due(actor=COMMAND)
    assert backtests._claim() is not None
    assert backtests.work_due(actor=COMMAND) == 0
    Backtest.objects.update(lease_until=database_now() - timedelta(seconds=1))
    while backtests.work_due(actor=COMMAND):
        pass
    backtest.refresh_from_db()
    assert (backtest.state, backtest.result["counts"]["new"]) == ("done", 5)


def test_a_worker_that_lost_it_writes_nothing(db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(backtests, "CHUNK", 1)
    person_in("Sales")
    backtests.start(edited("value: Marketing", "value: Sales"), days=7, actor=MAYA)
    slow = backtests._claim()
    assert slow is not None
    Backtest.objects.update(lease_until=database_now() - timedelta(seconds=1))
    while backtests.work_due(actor=COMMAND):
        pass
    backtests._chunk(slow, actor=COMMAND)
    assert Backtest.objects.get().result["counts"]["new"] == 1
    assert Entry.objects.filter(verb="backtest.finished").count() == 1


def test_a_cancelled_one_stops(db: None) -> None:
    person_in("Sales")
    backtest = backtests.start(edited("value: Marketing", "value: Sales"), days=7, actor=MAYA)
    assert backtests.cancel(backtest, actor=MAYA)
    assert not backtests.cancel(backtest, actor=MAYA)
    assert backtests.work_due(actor=COMMAND) == 0
    assert Backtest.objects.get().state == "cancelled"


def test_it_goes_stale_when_the_draft_changes_and_leaves_the_request(db: None) -> None:
    person_in("Sales")
    draft = edited("value: Marketing", "value: Sales")
    backtest = finished(draft)
    assert not backtests.is_stale(backtest, draft)
    assert publishing.ask(draft, reason="", actor=MAYA).content["backtest"]["counts"]["new"] == 1
    draft.refresh_from_db()
    changed = draft.source.replace("value: Sales", "value: Finance")
    draft = drafts.save(draft, source=changed, seen=draft.seen, actor=MAYA)
    assert backtests.is_stale(backtest, draft)
    assert publishing.ask(draft, reason="", actor=MAYA).content["backtest"] is None


def test_a_wrong_draft_is_not_backtested(db: None) -> None:
    draft = drafts.start(None, name="fresh", actor=MAYA)
    with pytest.raises(DraftRefused, match="cannot be backtested"):
        backtests.start(draft, days=7, actor=MAYA)


def test_workers_do_it_between_live_work(live_db: None) -> None:
    person_in("Sales")
    draft = edited("value: Marketing", "value: Sales")
    backtests.start(draft, days=7, actor=MAYA)
    jobs.drain_for(20)
    assert Backtest.objects.get().state == "done"
    assert Rule.objects.count() == 1
