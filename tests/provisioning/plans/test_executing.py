"""A released plan runs what was chosen, at its rate, and tells of every item what came of it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from provisioning.plans import executing, steering
from provisioning.plans.models import Plan
from provisioning.plans.options import Options
from provisioning.runs import brakes, incidents
from provisioning.runs.models import Run
from provisioning.runs.replays import replay
from tests.support.actions import Shelf
from tests.support.engine import TESTER, assert_settled, drain, lose_leases, rule, step, together
from tests.support.plans import (
    DENIED,
    MAYA,
    WHO,
    computed,
    confirm,
    make_due,
    one_slice,
    plan_of,
    states,
    stopped,
    work,
)

FAST = Options(rate=50, stop_after=0)


def test_only_the_chosen_class_is_run_and_the_numbers_are_those_of_the_trail(shelf: Shelf) -> None:
    """U24."""
    runs = stopped(shelf, 6)
    shelf.items["00u0001"] = "on"
    replay(runs[2], actor=TESTER)
    drain()
    plan = computed(plan_of())
    shown = dict(plan.counts)
    assert shown == {"would_act": 4, "already_so": 1}
    before = Entry.objects.filter(verb="run.replayed").count()

    plan = work(confirm(plan))

    assert plan.state == Plan.State.DONE
    entries = Entry.objects.filter(verb="run.replayed").order_by("id")[before:]
    assert len(entries) == shown["would_act"]
    assert all(entry.data["plan"] == plan.code for entry in entries)
    assert plan.outcomes == {"done": 4, "skipped": 1}
    finished = Entry.objects.get(verb="plan.finished")
    assert (finished.object_id, finished.data["outcomes"]) == (plan.code, plan.outcomes)
    made = plan.items.filter(state="done").values_list("code", "result_run__code")
    assert all(promised == code for promised, code in made)
    assert_settled()


def test_each_item_names_the_run_that_was_made_and_what_came_of_it(shelf: Shelf) -> None:
    stopped(shelf, 2)
    shelf.plan["00u0001"].append(DENIED)
    plan = work(confirm(plan_of(FAST)))
    done, failed = plan.items.order_by("position")
    assert (done.state, failed.state, failed.why) == ("done", "failed", "Not allowed.")
    assert failed.result_run is not None
    assert (failed.result_run.state, plan.outcomes) == ("failed", {"done": 1, "failed": 1})


def test_one_failure_does_not_stop_the_rest(shelf: Shelf) -> None:
    stopped(shelf, 10)
    shelf.plan["00u0002"].append(DENIED)
    plan = work(confirm(plan_of(FAST)))
    assert plan.outcomes == {"done": 9, "failed": 1}


def test_an_item_that_changed_since_is_not_run_and_says_so(shelf: Shelf) -> None:
    runs = stopped(shelf, 3)
    plan = confirm(computed(plan_of()))
    shelf.items["00u0000"] = "on"
    replay(runs[1], actor=TESTER)
    acts = shelf.acts["00u0000"]
    plan = work(plan)
    assert plan.outcomes == {"done": 1, "skipped": 2}
    first, second, _ = plan.items.order_by("position")
    assert (first.klass, shelf.acts["00u0000"]) == ("already_so", acts)
    assert (second.klass, second.sub_group) == ("no_longer_valid", "replayed")


def test_a_rule_changed_after_the_plan_was_confirmed_has_no_effect(shelf: Shelf) -> None:
    """S27: what would be called is no longer what was shown."""
    stopped(shelf, 1)
    rule("one", step("test.put", WHO, "second"))
    plan = confirm(computed(plan_of(Options(version="current", rate=50))))
    rule("one", step("test.put", WHO, "third"))
    plan = work(plan)
    assert plan.outcomes == {"skipped": 1}
    assert plan.items.get().why == "What it would call has changed since the plan was computed."
    assert shelf.items == {}


def test_no_more_than_the_rate_begins_at_once_and_the_rest_waits_its_turn(shelf: Shelf) -> None:
    stopped(shelf, 5)
    plan = confirm(computed(plan_of(Options(rate=2, stop_after=0))))
    begun = one_slice(plan)
    assert begun.items.exclude(state="waiting").count() == 2
    assert begun.due_at is not None
    assert 0.5 < (begun.due_at - begun.started_at).total_seconds() < 2  # type: ignore[operator]  # it has started
    assert not executing.any_claimable()


def test_a_slice_ends_in_time_so_that_the_worker_does_other_things_between(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow items are: what was not begun is examined anew in the next slice."""
    monkeypatch.setattr(executing, "SLICE_SECONDS", 0.0)
    stopped(shelf, 25)
    plan = confirm(computed(plan_of(FAST)))
    begun = one_slice(plan)
    assert begun.items.exclude(state="waiting").count() == executing.AT_ONCE == 10
    assert begun.due_at is not None
    waits = begun.due_at - begun.started_at  # type: ignore[operator]  # it has started
    assert waits.total_seconds() < 0.5, "the next ten at fifty a second"
    assert work(plan).outcomes == {"done": 25}


def test_beginning_an_item_costs_no_more_than_fourteen_statements(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its guarantees are a lock on the plan, one on the run, the run in its place and an entry."""
    monkeypatch.setattr(brakes, "NOTICED_SECONDS", 60)
    monkeypatch.setattr(incidents, "BELIEVED_SECONDS", 60)
    monkeypatch.setattr(executing, "SLICE_SECONDS", 60)
    stopped(shelf, 5)
    costs = []
    for rate in (1, 3):
        plan = confirm(computed(plan_of(Options(rate=rate, stop_after=0))))
        make_due(plan)
        with CaptureQueriesContext(connection) as queries:
            executing.work_due(worker="w", actor=TESTER, over=lambda: False)
        begun = plan.items.filter(state="running").count()
        costs.append((len(queries), begun))
        steering.cancel(plan, actor=MAYA)
    (one, few), (three, more) = costs
    assert (few, more) == (1, 3)
    assert (three - one) / 2 <= 14, "with those that begin and end its transaction"


def test_failures_in_a_row_pause_the_plan_and_resuming_counts_anew(shelf: Shelf) -> None:
    stopped(shelf, 8)
    for number in range(8):
        shelf.plan[f"00u{number:04}"].append(DENIED)
    plan = work(confirm(plan_of(Options(rate=50, stop_after=2))))
    assert plan.state == Plan.State.PAUSED
    assert plan.state_because == "2 failed in a row. The last one: Not allowed."
    assert states(plan).count("failed") == 2
    plan = work(steering.resume(plan, actor=MAYA))
    assert (plan.state, states(plan).count("failed")) == (Plan.State.PAUSED, 4)


def test_a_failure_now_and_then_does_not_pause_it(shelf: Shelf) -> None:
    stopped(shelf, 6)
    for number in (0, 2, 4):
        shelf.plan[f"00u{number:04}"].append(DENIED)
    plan = work(confirm(plan_of(Options(rate=1, stop_after=2))))
    assert plan.outcomes == {"done": 3, "failed": 3}


def test_a_paused_plan_begins_nothing_and_goes_on_where_it_was(shelf: Shelf) -> None:
    stopped(shelf, 4)
    plan = one_slice(confirm(computed(plan_of(Options(rate=1, stop_after=0)))))
    plan = steering.pause(plan, actor=MAYA)
    assert states(one_slice(plan)).count("waiting") == 3
    plan = work(steering.resume(plan, actor=MAYA))
    assert plan.outcomes == {"done": 4}


def test_a_cancelled_plan_ends_with_what_it_has_begun(shelf: Shelf) -> None:
    stopped(shelf, 4)
    plan = one_slice(confirm(computed(plan_of(Options(rate=1, stop_after=0)))))
    plan = steering.cancel(plan, actor=MAYA)
    drain()
    assert states(one_slice(plan)) == ["running", "cancelled", "cancelled", "cancelled"]
    assert Run.objects.filter(mode="replay").count() == 1
    with pytest.raises(steering.CannotRelease, match="is cancelled by now"):
        steering.resume(plan, actor=MAYA)


def test_a_worker_that_dies_in_the_middle_costs_nothing_and_doubles_nothing(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped(shelf, 5)
    plan = confirm(computed(plan_of(FAST)))
    calls = iter(range(100))
    run_one = executing._run_one

    def dies(*args: object, **kwargs: object) -> bool:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return run_one(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they are

    with monkeypatch.context() as patched:
        patched.setattr(executing, "_run_one", dies)
        with pytest.raises(KeyboardInterrupt):
            one_slice(plan)
    assert states(plan).count("waiting") == 3
    assert not executing.any_claimable()
    lose_leases()
    plan = work(plan)
    assert plan.outcomes == {"done": 5}
    assert Run.objects.filter(mode="replay").count() == 5
    assert_settled()


def test_a_worker_whose_claim_was_taken_begins_nothing_more(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped(shelf, 3)
    plan = confirm(computed(plan_of(FAST)))
    examine = executing._run

    def taken(*args: object, **kwargs: object) -> int:
        Plan.objects.filter(pk=plan.pk).update(fence=99)
        return examine(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they are

    monkeypatch.setattr(executing, "_run", taken)
    one_slice(plan)
    assert states(plan) == ["waiting"] * 3


def test_many_workers_on_one_plan_run_each_item_once(shelf: Shelf) -> None:
    stopped(shelf, 12)
    plan = confirm(computed(plan_of(FAST)))
    together(6, lambda n: executing.work_due(worker=f"w{n}", actor=TESTER, over=lambda: False))
    assert Entry.objects.filter(verb="run.replayed").count() == 12
    assert work(plan).outcomes == {"done": 12}


def test_fifty_confirmations_and_cancellations_at_once_leave_one_state(shelf: Shelf) -> None:
    """S28."""
    stopped(shelf, 2)
    plan = computed(plan_of(FAST))

    def one(number: int) -> Plan:
        if number % 2:
            return steering.cancel(plan, actor=MAYA)
        return confirm(plan)

    together(50, one)
    plan.refresh_from_db()
    assert plan.state == Plan.State.CANCELLED
    assert Entry.objects.filter(verb="plan.cancelled").count() == 1
    assert Entry.objects.filter(verb="plan.released").count() <= 1
    work(plan)
    assert Run.objects.filter(mode="replay").count() == 0
