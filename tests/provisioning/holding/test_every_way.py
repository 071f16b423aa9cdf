"""Whatever makes a run, one that needs an approval is held (nautobot 3440): a test for each way."""

from provisioning.actions.base import Permanent, Unknown
from provisioning.events.models import Event
from provisioning.runs import scheduling
from provisioning.runs.models import FailureGroup, Run
from provisioning.runs.replays import confirm, replay, replay_group
from provisioning.status import balance
from tests.provisioning.approvals.asking import person
from tests.provisioning.holding.support import (
    WHO,
    careful_rule,
    event_state,
    held,
    open_approval,
    said,
    say,
)
from tests.support.actions import Shelf
from tests.support.engine import TESTER, drain, receive, rule, run_of, step, suspended

DENIED = Permanent("AccessDenied", "Not allowed.")


def failed(shelf: Shelf, *steps: dict[str, object]) -> Run:
    """A run that was agreed to and failed at its last step."""
    run = held(shelf, *steps)
    say(run)
    shelf.plan["b"].append(DENIED)
    drain()
    run.refresh_from_db()
    assert run.state == "failed"
    return run


def test_a_run_of_an_event_is_held(shelf: Shelf) -> None:
    run = held(shelf)
    assert (event_state(), balance().held, balance().holds) == ("held", 1, True)
    assert said(run) == ["run.held", "approval.requested"]
    assert open_approval(run).requester_identity == f"event:{run.event.code}"


def test_a_step_that_demands_it_holds_the_whole_run(shelf: Shelf) -> None:
    steps = step("test.put", "a"), step("test.put", "b", approval="required", id="second")
    held(shelf, *steps, approval="none")


def test_beside_a_run_that_needs_nothing_the_event_goes_on_and_is_held_then(shelf: Shelf) -> None:
    rule("free", step("test.put", "free"))
    careful_rule()
    receive(suspended())
    scheduling.schedule_due(limit=1, actor=TESTER)
    assert event_state() == "in_flight"
    drain()
    assert (event_state(), shelf.acts["free"], balance().holds) == ("held", 1, True)


def test_a_replay_is_held_and_asked_for_by_who_replays(shelf: Shelf) -> None:
    old = failed(shelf, step("test.say", "a", id="a"), step("test.put", "b"))
    fresh = replay(old, actor=person("maya"))
    drain()
    fresh.refresh_from_db()
    approval = open_approval(fresh)
    assert (fresh.state, shelf.acts["b"]) == ("held", 1)
    assert (approval.requester, approval.requester_identity) == ("maya", "okta:maya")
    assert [one["key"] for one in approval.content["steps"]] == ["test_put"]
    assert approval.content["done_before"] == ["a"]
    say(fresh)
    drain()
    fresh.refresh_from_db()
    assert (fresh.state, shelf.acts) == ("succeeded", {"a": 1, "b": 2})


def test_a_replay_from_the_start_is_held(shelf: Shelf) -> None:
    fresh = replay(failed(shelf, step("test.put", "b")), actor=TESTER, from_start=True)
    drain()
    fresh.refresh_from_db()
    assert (fresh.state, shelf.acts["b"]) == ("held", 1)


def test_each_run_of_a_replayed_group_is_held(shelf: Shelf) -> None:
    failed(shelf, step("test.put", "b"))
    done = replay_group(FailureGroup.objects.get(), actor=person("maya"))
    drain()
    [fresh] = done.runs
    fresh.refresh_from_db()
    assert (fresh.state, open_approval(fresh).requester_identity) == ("held", "okta:maya")
    assert shelf.acts["b"] == 1


def in_doubt(shelf: Shelf, *steps: dict[str, object]) -> Run:
    run = held(shelf, *steps)
    say(run)
    shelf.plan["a"].append(Unknown("timeout", "No answer."))
    drain()
    run.refresh_from_db()
    assert run.state == "unknown"
    return run


def test_a_confirmed_run_with_steps_to_do_is_held(shelf: Shelf) -> None:
    old = in_doubt(shelf, step("test.say", "a", id="a"), step("test.put", "b"))
    fresh = confirm(old, actor=person("maya"))
    drain()
    fresh.refresh_from_db()
    assert (fresh.state, shelf.acts["b"]) == ("held", 0)


def test_a_confirmed_run_with_nothing_left_to_do_needs_nobody(shelf: Shelf) -> None:
    fresh = confirm(in_doubt(shelf, step("test.say", "a")), actor=TESTER)
    drain()
    fresh.refresh_from_db()
    assert (fresh.state, shelf.acts["a"]) == ("succeeded", 1)


def test_an_event_that_is_retried_makes_a_held_run(shelf: Shelf) -> None:
    [event] = receive(suspended())
    Event.objects.update(state="failed", settled_at=event.received_at)
    careful_rule()
    assert scheduling.retry_event(event, actor=TESTER)
    drain()
    assert (run_of(event).state, event_state(), shelf.acts) == ("held", "held", {})


def test_a_run_that_passed_no_gate_is_held_by_the_worker(shelf: Shelf) -> None:
    """Somebody makes a run claimable and forgets to ask."""
    run = held(shelf, step("test.put", WHO))
    Run.objects.filter(pk=run.pk).update(state="pending")
    drain()
    run.refresh_from_db()
    assert (run.state, run.error, shelf.acts) == ("held", "Nobody has agreed to it yet.", {})
    Run.objects.filter(pk=run.pk).update(state="pending", approved_digest=open_approval(run).digest)
    drain()
    run.refresh_from_db()
    assert (run.state, shelf.acts) == ("held", {})
