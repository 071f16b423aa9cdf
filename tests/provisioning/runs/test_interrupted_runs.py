"""A run whose worker is gone goes on, whatever came meanwhile, and its last call is never repeated
unseen."""

from provisioning.clocks import database_now
from provisioning.runs import postponing, scheduling
from provisioning.runs.claiming import any_claimable, claim
from provisioning.runs.execution import perform
from provisioning.runs.loading import load
from provisioning.runs.models import Attempt, Run, Step
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
)


def _begun(action: str, *, minute: int = 0) -> Run:
    """A run as a worker leaves it that was killed right after it committed an intent."""
    rule("one", step(action, "a", "{{ event.published }}"))
    [event] = receive(suspended(minute=minute))
    scheduling.schedule_due(limit=1, actor=TESTER)
    claim(1, "killed")
    Step.objects.update(state="running", intent_at=database_now())
    lose_leases()
    return run_of(event)


def _ending_worker() -> None:
    """A worker takes what is due and is told to end before it has begun anything."""
    perform(load(claim(1, "ending")), Journal("ending", TESTER), lambda: True)


def test_an_earlier_event_that_comes_late_does_not_block_the_lane(shelf: Shelf) -> None:
    """Mutation: if both have to be first, each waits for the other, for ever."""
    begun = _begun("test.put", minute=5)
    [late] = receive(suspended(minute=1))
    scheduling.schedule_due(limit=1, actor=TESTER)
    assert any_claimable()
    drain()
    begun.refresh_from_db()
    assert (begun.state, run_of(late).state) == ("succeeded", "succeeded")
    assert [value[11:16] for _, value in shelf.order] == ["09:05", "09:01"]
    assert_settled()


def test_a_worker_that_has_to_end_leaves_the_doubt_about_a_call_behind(shelf: Shelf) -> None:
    """Mutation: if it took the intent for its own, the message would be sent twice."""
    run = _begun("test.say")
    _ending_worker()
    run.refresh_from_db()
    assert (run.state, Step.objects.get().intent_at is None) == ("pending", False)
    drain()
    run.refresh_from_db()
    assert (run.state, run.error_code, shelf.acts["a"]) == ("unknown", "interrupted", 0)
    assert_settled()


def test_what_can_be_read_is_looked_at_by_whoever_goes_on(shelf: Shelf) -> None:
    run = _begun("test.put")
    shelf.items["a"] = suspended()["published"]  # the call had taken effect
    _ending_worker()
    drain()
    run.refresh_from_db()
    assert (run.state, shelf.acts["a"]) == ("succeeded", 0)
    tried = Attempt.objects.order_by("number").values_list("result", flat=True)
    assert list(tried) == ["lost", "acted"]


def test_a_run_that_ends_its_workers_takes_no_other_with_it(shelf: Shelf) -> None:
    """Mutation: claimed together again, each of them would be called what ends the workers."""
    rule("one", step("test.say", "{{ event.target.User.id }}"))
    events = receive(*(suspended(f"00u{number}") for number in range(4)))
    scheduling.schedule_due(limit=10, actor=TESTER)
    killer = run_of(events[1]).pk
    for _ in range(20):
        lose_leases()
        works = load(claim(10, "w"))
        ends = [one.run.lost_claims < 3 for one in works if one.run.pk == killer]
        if not any(ends):
            perform(works, Journal("w", TESTER))
    states = [run_of(event).state for event in events]
    assert states == ["succeeded", "failed", "succeeded", "succeeded"]
    assert run_of(events[1]).error_code == "worker_lost"
    assert_settled()


def test_an_event_that_ends_its_workers_takes_no_other_with_it(shelf: Shelf) -> None:
    rule("one", step("test.say", "{{ event.target.User.id }}"))
    events = receive(*(suspended(f"00u{number}") for number in range(4)))
    for _ in range(20):
        lose_leases()
        claimed = scheduling.claim(10)
        ends = [one.lost_claims < 3 for one in claimed if one.pk == events[1].pk]
        if not any(ends):
            scheduling._schedule(postponing.set_aside_killers(claimed, actor=TESTER), actor=TESTER)
    drain()
    for event in events:
        event.refresh_from_db()
    assert [event.state for event in events] == ["done", "failed", "done", "done"]
    assert events[1].error_code == "worker_lost"
