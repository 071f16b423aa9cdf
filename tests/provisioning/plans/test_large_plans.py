"""A large plan is frozen in the request and made by workers, whatever happens to them."""

import pytest

from audit.models import Entry
from provisioning.plans import computing, filling, releasing, selecting, steering
from provisioning.plans.checksums import checksum_now
from provisioning.plans.large_models import PlanSelection
from provisioning.plans.models import Plan
from provisioning.plans.options import read
from provisioning.runs.models import Run
from tests.support.actions import Shelf
from tests.support.engine import lose_leases
from tests.support.plans import MAYA, computed, confirm, one_slice, plan_of, stopped, work


@pytest.fixture(autouse=True)
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five are many."""
    monkeypatch.setattr(selecting, "MOST_AT_ONCE", 4)
    monkeypatch.setattr(filling, "SLICE", 2)


def test_workers_make_it_from_the_frozen_list_and_then_it_is_as_any(shelf: Shelf) -> None:
    runs = stopped(shelf, 5)
    plan = plan_of()
    assert (plan.state, plan.item_count, plan.items.count()) == ("selecting", 5, 0)
    seen = plan.checksum
    assert one_slice(plan).items.count() == 2
    stopped(shelf, 2, "two")
    plan = computed(plan)
    assert not PlanSelection.objects.exists()
    assert list(plan.items.order_by("position").values_list("key", flat=True)) == [
        run.code for run in runs
    ]
    assert plan.checksum == seen == checksum_now(plan)
    assert sum(plan.counts.values()) == 5
    assert sum(work(confirm(plan)).outcomes.values()) == 5
    assert Run.objects.filter(mode="replay", rule__name="two").count() == 0


def test_a_small_one_is_there_at_once(shelf: Shelf) -> None:
    stopped(shelf, 4)
    plan = plan_of()
    assert (plan.state, plan.items.count()) == ("draft", 4)


def test_a_worker_that_dies_is_followed_by_one_that_goes_on(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R01, R02."""
    stopped(shelf, 5)
    plan = one_slice(plan_of())

    def dies(_name: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("provisioning.plans.filling.failpoints.reach", dies)
        with pytest.raises(KeyboardInterrupt):
            one_slice(plan)
    assert plan.items.count() == 2, "what it had begun is gone"
    lose_leases()
    plan = computed(plan)
    assert list(plan.items.order_by("position").values_list("position", flat=True)) == [
        1, 2, 3, 4, 5,
    ]  # fmt: skip
    for verb in ("plan.created", "plan.filled", "plan.computed"):
        assert Entry.objects.filter(verb=verb, object_id=plan.code).count() == 1


def test_a_worker_whose_claim_was_taken_makes_nothing(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped(shelf, 5)
    plan = plan_of()
    plan.fence = 99
    filling.fill_slice(plan, actor=MAYA)
    assert plan.items.count() == 0


def test_it_cannot_be_confirmed_before_and_it_can_be_dropped(shelf: Shelf) -> None:
    stopped(shelf, 5)
    plan = one_slice(plan_of())
    with pytest.raises(steering.CannotRelease, match="The plan is being made by now"):
        releasing.confirm(
            plan, checksum=plan.checksum, options=read(plan.options), reason="", actor=MAYA
        )
    plan = steering.cancel(plan, actor=MAYA)
    assert (plan.state, plan.outcomes) == (Plan.State.CANCELLED, {"cancelled": 2})
    assert not PlanSelection.objects.exists()
    assert one_slice(plan).items.count() == 2


def test_nothing_is_computed_before_all_are_there(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped(shelf, 5)
    plan = plan_of()
    monkeypatch.setattr(computing, "compute_slice", lambda *_a, **_k: pytest.fail("too early"))
    for _ in range(3):
        plan = one_slice(plan)
    assert plan.state == Plan.State.DRAFT
