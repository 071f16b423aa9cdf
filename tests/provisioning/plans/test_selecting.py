"""What a plan is made of is resolved once and never again; and it may be large."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from provisioning.clocks import database_now
from provisioning.plans import executing, selecting, steering
from provisioning.plans.checksums import checksum_now
from provisioning.plans.models import Plan
from provisioning.plans.options import Options
from provisioning.runs.models import Run
from tests.support.actions import Shelf
from tests.support.engine import TESTER
from tests.support.plans import (
    MAYA,
    classes,
    computed,
    confirm,
    copied,
    make_due,
    plan_of,
    stopped,
    work,
)

MANY = 10_000


def test_what_matches_later_is_not_in_the_plan(shelf: Shelf) -> None:
    """A bulk action that reads its filter again acts on what nobody has seen."""
    stopped(shelf, 2)
    plan = confirm(computed(plan_of()))
    stopped(shelf, 4, "two")
    plan = work(plan)
    assert plan.outcomes == {"done": 2}
    assert Run.objects.filter(mode="replay", rule__name="two").count() == 0


def test_the_checksum_is_over_items_their_order_and_options(shelf: Shelf) -> None:
    stopped(shelf, 2)
    first, second = plan_of(), plan_of()
    assert first.checksum == second.checksum == checksum_now(first)
    assert plan_of(Options(start="start")).checksum != first.checksum
    Plan.objects.filter(pk=first.pk).update(options=first.options | {"rate": 9.0})
    first.refresh_from_db()
    assert checksum_now(first) != first.checksum


def test_items_stand_in_the_order_of_their_events(shelf: Shelf) -> None:
    runs = stopped(shelf, 3)
    assert list(plan_of().items.order_by("position").values_list("run__code", flat=True)) == [
        run.code for run in runs
    ]


def test_nothing_and_too_much_are_refused_in_a_sentence(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(selecting.CannotPlan, match="No run matches any more"):
        plan_of()
    stopped(shelf, 3)
    monkeypatch.setattr(selecting, "MOST_ITEMS", 2)
    with pytest.raises(selecting.CannotPlan, match="More than 2 runs match"):
        plan_of()


def test_making_a_plan_is_in_the_trail(shelf: Shelf) -> None:
    stopped(shelf, 2)
    plan = plan_of()
    entry = Entry.objects.get(verb="plan.created")
    assert (entry.object_kind, entry.object_id) == ("plan", plan.code)
    assert (entry.data["items"], entry.data["checksum"]) == (2, plan.checksum)


def test_ten_thousand_items_are_planned_computed_and_begun_without_a_query_for_each(
    shelf: Shelf,
) -> None:
    stopped(shelf, 1)
    copied(MANY - 1)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        plan = plan_of(Options(rate=50, stop_after=0))
    assert (plan.item_count, plan.state) == (MANY, Plan.State.SELECTING)
    assert len(queries) < 10
    while plan.state == Plan.State.SELECTING:
        make_due(plan)
        with CaptureQueriesContext(connection) as queries:
            executing.work_due(worker="w", actor=TESTER, over=lambda: False)
        assert len(queries) < 25
        plan.refresh_from_db()
    assert classes(plan) == {"would_act": MANY}
    make_due(plan)
    with CaptureQueriesContext(connection) as queries:
        executing.work_due(worker="w", actor=TESTER, over=lambda: False)
    assert len(queries) < 25
    assert plan.items.filter(examined_at=None).count() < MANY
    plan.items.filter(examined_at=None).update(examined_at=database_now())
    plan = computed(plan)
    plan = confirm(plan)
    assert plan.state == Plan.State.WAITING
    steering.cancel(plan, actor=MAYA)
