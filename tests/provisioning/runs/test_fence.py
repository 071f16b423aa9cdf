"""A lease is prolonged while its holder lives; a holder who lost it writes nothing any more."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from audit.models import Entry
from provisioning import jobs
from provisioning.clocks import database_now
from provisioning.events.models import Event
from provisioning.runs import leases, scheduling
from provisioning.runs.claiming import claim
from provisioning.runs.execution import perform
from provisioning.runs.loading import load
from provisioning.runs.models import Attempt, FailureGroup, Run, Step
from provisioning.runs.work import Journal
from tests.support.actions import Shelf
from tests.support.engine import (
    TESTER,
    assert_settled,
    drain,
    lose_leases,
    receive,
    rule,
    run_of,
    step,
    suspended,
    verbs,
)


def scheduled(*steps: dict[str, object]) -> Event:
    rule("one", *steps)
    [event] = receive(suspended())
    scheduling.schedule_due(limit=10, actor=TESTER)
    return event


def test_a_worker_whose_lease_was_taken_writes_nothing(shelf: Shelf) -> None:
    event = scheduled(step("test.put", "a"))
    old = load(claim(1, "old"))
    lose_leases()
    drain()
    said, tries = verbs(), Attempt.objects.count()
    perform(old, Journal("old", TESTER))
    assert (verbs(), Attempt.objects.count()) == (said, tries)
    assert (run_of(event).state, shelf.acts["a"]) == ("succeeded", 1)
    assert not old[0].open


def test_a_worker_writes_nothing_while_another_one_holds_the_run(shelf: Shelf) -> None:
    """The run is still running, but under another fence."""
    scheduled(step("test.put", "a"))
    old = load(claim(1, "old"))
    lose_leases()
    new = claim(1, "new")
    perform(old, Journal("old", TESTER))
    assert (verbs(), shelf.acts.total(), len(new)) == ([], 0, 1)
    assert (Run.objects.get().state, Step.objects.get().state) == ("running", "waiting")


def test_a_lease_taken_in_the_middle_of_a_call_loses_its_outcome_only(shelf: Shelf) -> None:
    """The old holder's call ends after the new one has done everything: 0 rows, one outcome."""
    event = scheduled(step("test.put", "a"), step("test.say", "b"))
    taken = False

    def lose_it() -> None:
        nonlocal taken
        if not taken:
            taken = True
            shelf.items["a"] = "on"
            lose_leases()
            perform(load(claim(1, "new")), Journal("new", TESTER))

    shelf.plan["a"].append(lose_it)
    perform(load(claim(1, "old")), Journal("old", TESTER))
    run = run_of(event)
    assert (run.state, run.worker, run.fence) == ("succeeded", "new", 2)
    assert verbs(run).count("step.done") == 2
    assert shelf.acts["b"] == 1  # the old holder stopped before its second step
    assert_settled()


def test_a_lease_lost_between_intent_and_call_stops_the_call(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a pause longer than the lease: what is late is checked again before it acts."""
    monkeypatch.setattr("provisioning.runs.execution.CONFIRM_SECONDS", -1.0)
    scheduled(step("test.say", "a"))
    reached: list[str] = []

    def pause(name: str) -> None:
        if name == "step.after_intent" and not reached:
            reached.append(name)
            lose_leases()
            perform(load(claim(1, "new")), Journal("new", TESTER))

    monkeypatch.setattr("provisioning.failpoints.reach", pause)
    perform(load(claim(1, "old")), Journal("old", TESTER))
    assert shelf.acts["a"] == 0
    assert Run.objects.get().state == "unknown"


def test_renewing_prolongs_what_this_process_holds_and_nothing_else(shelf: Shelf) -> None:
    rule("one", step("test.put", "{{ event.target.User.id }}"))
    receive(suspended("00u1"), suspended("00u2"), suspended("00u3"))
    scheduling.schedule_due(limit=10, actor=TESTER)
    mine, other, taken = (Run.objects.get(pk=pk) for pk in claim(3, "w"))
    soon = database_now() + timedelta(seconds=1)
    Run.objects.update(lease_until=soon)
    with leases.hold(Run, {mine.pk: mine.fence, taken.pk: taken.fence - 1}):
        assert leases.renew() == 1
    assert leases.renew() == 0
    until = dict(Run.objects.values_list("pk", "lease_until"))
    assert (until[other.pk], until[taken.pk]) == (soon, soon)
    assert until[mine.pk] != soon


def test_a_slow_call_keeps_its_lease_by_heartbeats(shelf: Shelf, settings: Settings) -> None:
    """R24 scaled: the calls last much longer than the lease, and nobody takes the run."""
    settings.LEASE_SECONDS = 0.4
    event = scheduled(step("test.put", "a"), step("test.say", "b"))
    shelf.seconds = 0.9
    with leases.Heartbeat():
        works = load(claim(1, "slow"))
        shelf.plan["a"].append(lambda: _nothing_to_claim())
        shelf.plan["b"].append(lambda: _nothing_to_claim())
        with leases.hold(Run, {work.run.pk: work.run.fence for work in works}):
            perform(works, Journal("slow", TESTER))
    assert (run_of(event).state, run_of(event).fence) == ("succeeded", 1)


def _nothing_to_claim() -> None:
    assert claim(1, "thief") == []


def test_writing_a_step_does_not_undo_a_renewed_lease(shelf: Shelf, settings: Settings) -> None:
    """Mutation: without `_keep_leases` the outcome of step 1 writes the lease of the claim."""
    settings.LEASE_SECONDS = 60
    scheduled(step("test.put", "a"), step("test.say", "b"))
    works = load(claim(1, "w"))
    works[0].run.lease_until = database_now() - timedelta(seconds=1)
    shelf.plan["b"].append(lambda: _lease_is_long())
    perform(works, Journal("w", TESTER))
    assert Run.objects.get().state == "succeeded"


def _lease_is_long() -> None:
    until = Run.objects.values_list("lease_until", flat=True).get()
    assert until is not None
    assert (until - database_now()).total_seconds() > 30


def test_a_heartbeat_outlives_a_database_that_was_away(
    shelf: Shelf, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LEASE_SECONDS = 0.1
    renewals: list[int] = []
    original = leases.renew

    def renew() -> int:
        if len(renewals) == 1:
            with connection.cursor() as cursor:
                renewals.append(-1)
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        renewals.append(original())
        return renewals[-1]

    monkeypatch.setattr(leases, "renew", renew)
    with leases.Heartbeat():
        time.sleep(0.5)
    assert renewals[:2] == [0, -1]
    assert len(renewals) > 3


def test_after_an_interrupted_call_that_can_be_read_a_look_decides(shelf: Shelf) -> None:
    event = scheduled(step("test.put", "a"))
    _intent_left_behind()
    shelf.items["a"] = "on"  # the call had taken effect
    lose_leases()
    drain()
    assert (run_of(event).state, shelf.acts["a"]) == ("succeeded", 0)
    tried = Attempt.objects.order_by("number").values_list("result", flat=True)
    assert list(tried) == ["lost", "acted"]
    assert verbs()[-2:] == ["step.done", "run.succeeded"]


def test_after_an_interrupted_call_that_cannot_be_read_a_person_is_asked(shelf: Shelf) -> None:
    event = scheduled(step("test.say", "a"))
    _intent_left_behind()
    lose_leases()
    drain()
    assert (run_of(event).state, run_of(event).error_code) == ("unknown", "interrupted")
    assert shelf.acts["a"] == 0
    assert FailureGroup.objects.get().advice == "decide"


def _intent_left_behind() -> None:
    """As a worker leaves a run that was killed right after it committed an intent."""
    claim(1, "killed")
    Step.objects.update(state="running", intent_at=database_now())


def test_a_run_that_ends_three_workers_stops(shelf: Shelf) -> None:
    event = scheduled(step("test.put", "a"))
    for _ in range(4):
        lose_leases()
        assert len(claim(1, "killed")) == 1
    lose_leases()
    drain()
    run = run_of(event)
    assert (run.state, run.error_code, shelf.acts["a"]) == ("failed", "worker_lost", 0)
    assert "workers ended" in run.error
    assert_settled()


def test_a_run_that_ends_its_workers_in_a_call_may_have_acted(shelf: Shelf) -> None:
    """Mutation: `failed` here would offer a replay that sends the message twice."""
    event = scheduled(step("test.say", "a"))
    for _ in range(4):
        lose_leases()
        _intent_left_behind()
    lose_leases()
    drain()
    assert (run_of(event).state, run_of(event).error_code) == ("unknown", "worker_lost")


def test_an_event_that_ends_three_workers_stops_and_the_others_go_on(shelf: Shelf) -> None:
    rule("one", step("test.put", "{{ event.target.User.id }}"))
    poison, fine = receive(suspended("00u1"), suspended("00u2"))
    Event.objects.filter(pk=poison.pk).update(lost_claims=3)
    drain()
    poison.refresh_from_db()
    assert (poison.state, poison.error_code) == ("failed", "worker_lost")
    assert run_of(fine).state == "succeeded"
    assert Entry.objects.filter(verb="event.failed", object_id=poison.code).count() == 1


def test_events_lost_by_a_killed_worker_are_claimed_again(shelf: Shelf) -> None:
    rule("one", step("test.put", "a"))
    [event] = receive(suspended())
    assert len(scheduling.claim(1)) == 1
    assert scheduling.claim(1) == []
    lose_leases()
    drain()
    assert run_of(event).state == "succeeded"
    assert Event.objects.get().lost_claims == 0


def test_a_worker_that_lost_an_event_makes_no_runs(shelf: Shelf) -> None:
    rule("one", step("test.put", "a"))
    receive(suspended())
    old = scheduling.claim(1)
    lose_leases()
    drain()
    scheduling._schedule(old, actor=TESTER)
    assert Run.objects.count() == 1
    assert Entry.objects.filter(verb="event.scheduled").count() == 1


def test_a_drain_that_has_to_end_hands_back_what_it_has_not_begun(shelf: Shelf) -> None:
    rule("one", step("test.say", "{{ event.target.User.id }}"))
    events = receive(*(suspended(f"00u{number}") for number in range(4)))
    shift = jobs.Shift(30)

    def end_at_the_second() -> None:
        if shelf.acts.total() == 2:
            shift.end()

    for number in range(4):
        shelf.plan[f"00u{number}"].append(end_at_the_second)
    scheduling.schedule_due(limit=10, actor=TESTER)
    assert jobs.work_through(shift)
    states = sorted(run_of(event).state for event in events)
    assert states == ["pending", "pending", "succeeded", "succeeded"]
    drain()
    assert [shelf.acts[f"00u{number}"] for number in range(4)] == [1, 1, 1, 1]
    assert Run.objects.filter(lost_claims__gt=0).count() == 0
    assert_settled()
