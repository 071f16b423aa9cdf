"""What a person decides about a large plan holds at once; workers write it to each item."""

import pytest
from pytest_django import Settings

from audit import trail
from audit.models import Entry
from provisioning.approvals.models import Approval
from provisioning.plans import agreeing, counting, selecting, steering, tidying
from provisioning.plans.models import Plan
from provisioning.plans.options import Options
from provisioning.runs.models import Run
from tests.support.actions import Shelf
from tests.support.engine import lose_leases
from tests.support.plans import (
    MAYA,
    computed,
    confirm,
    one_slice,
    plan_of,
    states,
    stopped,
    work,
)

FAST = Options(rate=50, stop_after=0)


@pytest.fixture(autouse=True)
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five are many."""
    monkeypatch.setattr(selecting, "MOST_AT_ONCE", 4)
    monkeypatch.setattr(tidying, "SLICE", 2)


def draft(shelf: Shelf, already: int = 0) -> Plan:
    stopped(shelf, 5)
    for number in range(already):
        shelf.items[f"00u000{number}"] = "on"
    return computed(plan_of(FAST))


def dies_at(monkeypatch: pytest.MonkeyPatch, plan: Plan, point: str) -> None:
    def dies(name: str) -> None:
        if name == point:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("provisioning.plans.tidying.failpoints.reach", dies)
        with pytest.raises(KeyboardInterrupt):
            one_slice(plan)
    lose_leases()


def test_a_cancelled_plan_is_over_at_once_and_its_items_follow(shelf: Shelf) -> None:
    plan = steering.cancel(confirm(draft(shelf)), actor=MAYA)
    assert (plan.state, plan.outcomes) == (Plan.State.CANCELLED, {"cancelled": 5})
    assert states(plan) == ["waiting"] * 5
    assert counting.outcomes(plan) == plan.outcomes, "what the page says"
    assert Entry.objects.get(verb="plan.cancelled").data["outcomes"] == {"cancelled": 5}
    plan = one_slice(plan)
    assert states(plan) == [*["cancelled"] * 2, *["waiting"] * 3]
    plan = one_slice(one_slice(plan))
    assert states(plan) == ["cancelled"] * 5
    assert set(plan.items.values_list("settled_at", flat=True)) == {plan.finished_at}
    assert (plan.due_at, plan.lease_until) == (None, None)
    assert plan.outcomes == counting.outcomes(plan) == {"cancelled": 5}
    assert Run.objects.filter(mode="replay").count() == 0


@pytest.mark.parametrize(
    ("point", "kept"), [("plan.before_slice_commit", 0), ("plan.after_slice_commit", 2)]
)
def test_a_worker_that_dies_while_it_cancels_is_followed_by_another(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, point: str, kept: int
) -> None:
    """R01."""
    plan = steering.cancel(draft(shelf), actor=MAYA)
    dies_at(monkeypatch, plan, point)
    assert states(plan).count("cancelled") == kept
    for _ in range(3):
        plan = one_slice(plan)
    assert (states(plan), plan.due_at) == (["cancelled"] * 5, None)


def test_a_plan_of_which_nothing_is_left_is_not_due_when_it_ends(shelf: Shelf) -> None:
    plan = work(confirm(draft(shelf)))
    assert (plan.state, plan.due_at, plan.outcomes) == (Plan.State.DONE, None, {"done": 5})


def test_what_was_not_chosen_is_skipped_by_workers_before_anything_begins(shelf: Shelf) -> None:
    plan = confirm(draft(shelf, already=3))
    assert (plan.state, states(plan)) == (Plan.State.READY, ["waiting"] * 5)
    assert Entry.objects.get(verb="plan.released").data["to_run"] == 2
    plan = one_slice(plan)
    assert (plan.state, states(plan).count("skipped")) == (Plan.State.READY, 2)
    plan = one_slice(plan)
    assert (plan.state, states(plan).count("skipped")) == (Plan.State.READY, 3)
    assert Run.objects.filter(mode="replay").count() == 0
    plan = work(plan)
    assert plan.outcomes == {"done": 2, "skipped": 3}


@pytest.mark.parametrize("point", ["plan.before_slice_commit", "plan.after_slice_commit"])
def test_a_worker_that_dies_while_it_skips_is_followed_by_another(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """R01, R02."""
    plan = confirm(draft(shelf, already=3))
    dies_at(monkeypatch, plan, point)
    assert work(plan).outcomes == {"done": 2, "skipped": 3}


def test_it_can_be_paused_and_cancelled_while_workers_skip(shelf: Shelf) -> None:
    plan = one_slice(confirm(draft(shelf, already=3)))
    plan = steering.pause(plan, actor=MAYA)
    assert one_slice(plan).items.filter(state="skipped").count() == 2, "nobody goes on"
    plan = one_slice(steering.resume(plan, actor=MAYA))
    plan = steering.cancel(plan, actor=MAYA)
    assert plan.outcomes == {"skipped": 3, "cancelled": 2}
    assert counting.outcomes(one_slice(plan)) == plan.outcomes


def test_a_large_plan_that_is_refused_ends_like_that_too(shelf: Shelf, settings: Settings) -> None:
    settings.PLAN_NEEDS_APPROVAL_ABOVE = 3
    plan = confirm(draft(shelf))
    approval = Approval.objects.open().get()
    agreeing.decide(
        approval,
        verdict="reject",
        digest=approval.digest,
        reason="because",
        roles=["approver"],
        actor=trail.Actor("user", "IDA", "ida", "tests"),
    )
    plan.refresh_from_db()
    assert (plan.state, plan.outcomes) == (Plan.State.REJECTED, {"cancelled": 5})
    for _ in range(3):
        plan = one_slice(plan)
    assert states(plan) == ["cancelled"] * 5


def test_a_worker_whose_claim_was_taken_changes_nothing(shelf: Shelf) -> None:
    plan = confirm(draft(shelf, already=3))
    plan.fence = 99
    assert tidying.set_aside_slice(plan), "there is nothing to begin"
    plan = steering.cancel(plan, actor=MAYA)
    plan.fence = 99
    tidying.cancel_slice(plan)
    assert states(plan) == ["waiting"] * 5


def test_a_small_plan_ends_at_once(shelf: Shelf) -> None:
    stopped(shelf, 4)
    plan = steering.cancel(computed(plan_of(FAST)), actor=MAYA)
    assert (states(plan), plan.due_at) == (["cancelled"] * 4, None)
