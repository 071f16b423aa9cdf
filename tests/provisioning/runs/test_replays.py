"""Replaying: a new run in the place of a stopped one, once, with what was done kept."""

import pytest
from django.db import Error

from audit.models import Entry
from provisioning.actions.base import Permanent, Unknown
from provisioning.events.models import Event
from provisioning.runs.models import Run
from provisioning.runs.replays import CannotReplay, confirm, replay
from provisioning.status import balance
from tests.support.actions import Shelf
from tests.support.engine import (
    TESTER,
    assert_settled,
    drain,
    receive,
    rule,
    run_of,
    step,
    suspended,
    together,
)

DENIED = Permanent("AccessDenied", "Not allowed.")


def two_steps(shelf: Shelf) -> Run:
    """A run that said something, then failed at its second step."""
    rule(
        "two",
        step("test.say", "a", "first", id="first"),
        step("test.put", "b", "{{ steps.first.output.value }}"),
    )
    shelf.plan["b"].append(DENIED)
    [event] = receive(suspended())
    drain()
    return run_of(event)


def state_of_event() -> str:
    return Event.objects.values_list("state", flat=True).get()


def test_from_the_failed_step_what_is_done_is_kept_with_its_output(shelf: Shelf) -> None:
    old = two_steps(shelf)
    assert state_of_event() == "failed"
    fresh = replay(old, actor=TESTER)
    assert (state_of_event(), balance().holds) == ("in_flight", True)
    drain()
    fresh.refresh_from_db()
    assert (fresh.state, fresh.steps_done, fresh.mode) == ("succeeded", 2, "replay")
    assert [s.state for s in fresh.steps.order_by("position")] == ["kept", "succeeded"]
    assert (shelf.acts["a"], shelf.items["b"]) == (1, "first")
    assert (state_of_event(), balance().done) == ("done", 1)
    assert_settled()


def test_from_the_start_every_step_is_asked_again(shelf: Shelf) -> None:
    fresh = replay(two_steps(shelf), actor=TESTER, from_start=True)
    drain()
    fresh.refresh_from_db()
    assert (fresh.state, shelf.acts["a"]) == ("succeeded", 2)


def test_a_replay_keeps_the_version_of_the_rule(shelf: Shelf) -> None:
    old = two_steps(shelf)
    rule("two", step("test.put", "c"))
    assert replay(old, actor=TESTER).version_id == old.version_id


def test_a_replayed_run_is_not_replayed_again(shelf: Shelf) -> None:
    old = two_steps(shelf)
    replay(old, actor=TESTER)
    with pytest.raises(CannotReplay, match="It was replayed already"):
        replay(old, actor=TESTER)
    assert Run.objects.count() == 2


def test_an_open_run_is_not_replayed(shelf: Shelf) -> None:
    fresh = replay(two_steps(shelf), actor=TESTER)
    with pytest.raises(CannotReplay, match="It is not finished"):
        replay(fresh, actor=TESTER)


def test_twenty_replays_at_once_make_one(shelf: Shelf) -> None:
    old = two_steps(shelf)
    answers = together(20, lambda _: replay(old, actor=TESTER))
    assert sum(isinstance(answer, Run) for answer in answers) == 1
    refused = [answer for answer in answers if isinstance(answer, CannotReplay)]
    assert len(refused) == 19
    assert Entry.objects.filter(verb="run.replayed").count() == 1
    drain()
    assert shelf.items["b"] == "first"


def test_a_replay_comes_before_later_events_of_the_same_person(shelf: Shelf) -> None:
    rule("one", step("test.put", "a", "{{ event.published }}"))
    shelf.plan["a"].append(DENIED)
    [first] = receive(suspended(minute=0))
    drain()
    [later] = receive(suspended(minute=1))
    replay(run_of(first), actor=TESTER)
    drain()
    assert run_of(later).state == "succeeded"
    assert [value for _, value in shelf.order[1:]] == [
        suspended(minute=0)["published"],
        suspended(minute=1)["published"],
    ]


def unknown_run(shelf: Shelf) -> Run:
    rule("two", step("test.say", "a"), step("test.put", "b"))
    shelf.plan["a"].append(Unknown("lost_answer", "The answer was lost."))
    [event] = receive(suspended())
    drain()
    return run_of(event)


def test_a_confirmed_step_is_kept_and_the_run_goes_on_after_it(shelf: Shelf) -> None:
    old = unknown_run(shelf)
    fresh = confirm(old, actor=TESTER)
    drain()
    fresh.refresh_from_db()
    assert (fresh.state, shelf.acts["a"], shelf.acts["b"]) == ("succeeded", 1, 1)
    assert Entry.objects.filter(verb="run.confirmed", object_id=fresh.code).exists()
    assert state_of_event() == "done"


def test_only_an_unknown_run_is_confirmed_and_only_once(shelf: Shelf) -> None:
    old = unknown_run(shelf)
    confirm(old, actor=TESTER)
    with pytest.raises(CannotReplay, match="not waiting for a decision"):
        confirm(old, actor=TESTER)


def test_confirming_and_replaying_at_once_gives_one_of_them(shelf: Shelf) -> None:
    old = unknown_run(shelf)
    uses = (confirm, replay) * 4
    answers = together(8, lambda n: uses[n](old, actor=TESTER))
    assert sum(isinstance(answer, Run) for answer in answers) == 1
    assert Run.objects.count() == 2


def test_an_event_stays_failed_while_one_of_its_runs_is(shelf: Shelf) -> None:
    rule("one", step("test.put", "a"))
    rule("two", step("test.put", "b"))
    shelf.plan["a"].append(DENIED)
    shelf.plan["b"].append(DENIED)
    receive(suspended())
    drain()
    replay(Run.objects.get(rule__name="one"), actor=TESTER)
    drain()
    assert state_of_event() == "failed"
    replay(Run.objects.get(rule__name="two"), actor=TESTER)
    drain()
    assert state_of_event() == "done"


def test_a_replay_that_cannot_be_recorded_changes_nothing(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = two_steps(shelf)
    monkeypatch.setattr("audit.trail._INSERT", "SELECT nothing_of_this_name(%s)")
    with pytest.raises(Error):
        replay(old, actor=TESTER)
    old.refresh_from_db()
    assert (Run.objects.count(), old.superseded, state_of_event()) == (1, False, "failed")
