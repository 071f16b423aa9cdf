"""What a plan says of its items is kept by the database as they change, and is never wrong."""

import importlib
import json
import pkgutil
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from provisioning import migrations
from provisioning.actions.base import Effect
from provisioning.clocks import database_now
from provisioning.plans import computing, counting, executing, releasing, steering
from provisioning.plans.models import Plan, PlanItem, PlanTally
from provisioning.plans.options import Options, read
from provisioning.runs.replays import replay
from tests.support.actions import PutItem, Shelf
from tests.support.engine import TESTER, drain, lose_leases, together
from tests.support.plans import (
    DENIED,
    MAYA,
    computed,
    confirm,
    one_slice,
    plan_of,
    states,
    stopped,
    work,
)
from tests.support.tallies import assert_tallied, tally

FAST = Options(rate=50, stop_after=0)


def outcomes(plan: Plan) -> dict[str, int]:
    return counting.outcomes(Plan.objects.get(pk=plan.pk))


def test_each_transition_keeps_them(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = stopped(shelf, 6)
    shelf.items["00u0001"] = "on"
    replay(runs[2], actor=TESTER)
    drain()
    shelf.plan["00u0003"].append(DENIED)

    plan = plan_of(Options(rate=1, stop_after=0))
    assert tally(plan) == {("would_act", "waiting"): 5}
    monkeypatch.setattr(computing, "SLICE", 2)
    one_slice(plan)
    assert plan.items.unexamined().count() == 3
    plan = computed(plan)
    assert tally(plan) == {("would_act", "waiting"): 4, ("already_so", "waiting"): 1}

    plan = confirm(plan)
    assert tally(plan)["already_so", "skipped"] == 1
    plan = one_slice(one_slice(plan))
    assert outcomes(plan) == {"waiting": 2, "running": 2, "skipped": 1}
    drain()
    assert outcomes(plan) == {"waiting": 2, "done": 1, "failed": 1, "skipped": 1}, "as runs are"
    plan = steering.pause(plan, actor=MAYA)
    assert outcomes(plan)["failed"] == 1, "although nobody works on it"
    plan = one_slice(steering.resume(plan, actor=MAYA))
    plan = steering.cancel(plan, actor=MAYA)
    assert_tallied()
    assert sum(plan.outcomes.values()) == plan.item_count
    assert plan.outcomes["cancelled"] == 1


def test_other_options_are_tallied_anew(shelf: Shelf) -> None:
    stopped(shelf, 3)
    plan = computed(plan_of())
    plan = confirm(plan, Options(start="start", rate=50))
    assert (plan.state, plan.items.unexamined().count()) == ("draft", 3)
    assert_tallied()
    assert plan.effects == {"would_act:": {"update": 3}}
    assert work(confirm(computed(plan))).outcomes == {"done": 3}


def test_a_worker_that_dies_in_a_slice_leaves_them_as_they_were(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R01."""
    stopped(shelf, 4)
    plan = plan_of()
    before = tally(plan)

    def dies(_name: str) -> None:
        raise KeyboardInterrupt

    for module in (computing, executing):
        with monkeypatch.context() as patched:
            patched.setattr(f"{module.__name__}.failpoints.reach", dies)
            with pytest.raises(KeyboardInterrupt):
                one_slice(plan)
        assert tally(plan) == before
        lose_leases()
    assert work(confirm(computed(plan))).outcomes == {"done": 4}


def test_many_workers_and_people_at_once_keep_them(shelf: Shelf) -> None:
    """Nobody waits for somebody who waits for them, and nothing is counted twice."""
    stopped(shelf, 12)
    plan = confirm(computed(plan_of(FAST)))

    def one(number: int) -> object:
        if number == 3:
            return steering.pause(plan, actor=MAYA)
        return executing.work_due(worker=f"w{number}", actor=TESTER, over=lambda: False)

    together(8, one)
    drain()
    together(8, one)
    assert_tallied()


def test_whoever_changes_items_cannot_forget_them(shelf: Shelf) -> None:
    """Such as code that knows nothing of them, while a release is rolled out."""
    stopped(shelf, 3)
    plan = plan_of()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE provisioning_planitem SET klass = 'conflict' WHERE position = 1")
        cursor.execute("DELETE FROM provisioning_planitem WHERE position = 2")
    assert tally(plan) == {("would_act", "waiting"): 1, ("conflict", "waiting"): 1}


def test_plans_made_before_this_was_kept_are_counted_by_a_migration(
    shelf: Shelf, owner_connection: psycopg.Connection
) -> None:
    stopped(shelf, 3)
    plan = plan_of()
    PlanTally.objects.all().delete()
    plan.items.filter(position=1).update(klass="conflict")
    (name,) = (
        one.name for one in pkgutil.iter_modules(migrations.__path__)
        if one.name.endswith("plans_are_counted")
    )  # fmt: skip
    count = importlib.import_module(f"provisioning.migrations.{name}").COUNT
    owner_connection.execute(count)
    owner_connection.commit()
    assert tally(plan) == {("would_act", "waiting"): 2, ("conflict", "waiting"): 1}


def test_a_plan_made_before_effects_were_kept_has_them_counted(shelf: Shelf) -> None:
    stopped(shelf, 2)
    plan = computed(plan_of())
    Plan.objects.update(effects=None)
    plan.refresh_from_db()
    assert counting.effects_kept(plan, read(plan.options)) == {"update": 2}


def test_while_it_is_computed_every_effect_counts_that_may_turn_out_to_be_chosen(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S26: the page offers no button that a confirmation would refuse for want of an approval."""
    monkeypatch.setattr(PutItem, "effect", Effect.REVOKE)
    stopped(shelf, 2)
    plan = plan_of()
    chosen = Options(classes=("unclassified",))
    assert releasing.foreseen(plan, chosen, 1).second_person
    plan = computed(plan)
    assert not releasing.foreseen(plan, chosen, 1).second_person, "it is known to have none"


def test_no_question_of_a_page_reads_items_that_it_does_not_show(shelf: Shelf) -> None:
    """Of 2,000 items the plan of each query touches no more than those that run."""
    stopped(shelf, 1)
    plan = confirm(computed(plan_of(FAST)))
    plan = one_slice(plan)
    now = database_now()
    PlanItem.objects.bulk_create(
        PlanItem(plan=plan, position=n, key=f"k{n}", klass="would_act", examined_at=now)
        for n in range(2, 2_002)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE provisioning_planitem")
    with CaptureQueriesContext(connection) as queries:
        (found,) = Plan.objects.filter(pk=plan.pk).tallied()
        assert sum(row["count"] for row in counting.read_with(found)) == 2_001
        counting.outcomes(plan)
    assert len(queries) == 2
    for query in queries:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query['sql']}")
            (told,) = cursor.fetchone()
        assert _read(told if isinstance(told, list) else json.loads(told)) <= 1
    assert states(plan).count("waiting") == 2_000


def _read(told: list[dict[str, Any]]) -> int:
    """How many rows of items a query read, kept or not."""
    found, nodes = 0, [one["Plan"] for one in told]
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if node.get("Relation Name") == "provisioning_planitem":
            rows = ("Actual Rows", "Rows Removed by Filter")
            found += sum(int(node.get(name, 0)) for name in rows)
    return found
