"""Replaying with the version a rule has now: other steps, the same event, judged anew."""

import pytest

from audit.models import Entry
from provisioning.actions.base import Permanent
from provisioning.rules.models import Verdict
from provisioning.runs.models import Run
from provisioning.runs.replays import CannotReplay, Origin, replay
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
)

FIRST = step("test.say", "a", "first", id="first")
SECOND = step("test.put", "b", "{{ steps.first.output.value }}", id="second")


def stopped_at_second(shelf: Shelf) -> Run:
    rule("two", FIRST, SECOND)
    shelf.plan["b"].append(Permanent("AccessDenied", "Not allowed."))
    [event] = receive(suspended())
    drain()
    return run_of(event)


def test_the_steps_of_the_current_version_run_and_those_done_the_same_way_are_kept(
    shelf: Shelf,
) -> None:
    old = stopped_at_second(shelf)
    rule("two", FIRST, step("test.put", "c", "{{ steps.first.output.value }}", id="second"))
    fresh = replay(old, actor=TESTER, current=True)
    drain()
    fresh.refresh_from_db()
    assert (fresh.state, fresh.version.number, fresh.steps_done) == ("succeeded", 2, 2)
    assert (shelf.acts["a"], shelf.items) == (1, {"a": "first", "c": "first"})
    assert Entry.objects.get(verb="run.replayed").data["version"] == 2
    assert_settled()


def test_a_done_step_that_was_changed_is_called_again(shelf: Shelf) -> None:
    old = stopped_at_second(shelf)
    rule("two", step("test.say", "a", "other", id="first"), SECOND)
    replay(old, actor=TESTER, current=True)
    drain()
    assert (shelf.acts["a"], shelf.items["b"]) == (2, "other")


def test_a_version_that_does_not_match_the_event_is_not_run(shelf: Shelf) -> None:
    old = stopped_at_second(shelf)
    nobody = {"field": "user.id", "op": "equals", "value": "nobody"}
    rule("two", FIRST, SECOND, when={"all": [nobody]})
    with pytest.raises(CannotReplay, match="current version, v2, does not match"):
        replay(old, actor=TESTER, current=True)
    old.refresh_from_db()
    assert (Run.objects.count(), old.superseded) == (1, False)


def test_what_the_current_version_says_of_the_event_is_kept_with_it(shelf: Shelf) -> None:
    old = stopped_at_second(shelf)
    rule("two", FIRST, SECOND, title="Two, said better")
    fresh = replay(old, actor=TESTER, current=True)
    assert Verdict.objects.get(event=old.event, version=fresh.version).matched


def test_the_promised_code_is_taken_once(shelf: Shelf) -> None:
    fresh = replay(
        stopped_at_second(shelf), actor=TESTER, origin=Origin("PLAN", "0123456789AB", "Maya", "m")
    )
    assert fresh.code == "0123456789AB"
    assert Entry.objects.get(verb="run.replayed").data["plan"] == "PLAN"
