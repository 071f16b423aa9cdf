"""A plan of a rule that reads a lookup table shows what its runs will read from it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from provisioning.actions.base import Permanent
from provisioning.approvals.models import Policy
from provisioning.clocks import database_now
from provisioning.plans import effects
from provisioning.plans.models import Plan, PlanItem
from provisioning.plans.options import Options
from provisioning.rules import lookups
from provisioning.runs.models import Run
from tests.support.actions import Shelf
from tests.support.engine import TESTER, drain, receive, rule, step, suspended
from tests.support.plans import computed, confirm, plan_of, work

READS = '{{ event.target.User.id | lookup: "teams" }}'


def publish(entries: dict[str, str]) -> None:
    before = lookups.current("teams")
    seen = before.digest if before else ""
    lookups.propose("teams", entries, seen=seen, reason="", actor=TESTER)


@pytest.fixture
def failed(shelf: Shelf) -> list[Run]:
    """Three runs that read the table and failed at their target."""
    Policy.objects.create(four_eyes=False)
    people = [f"00u{number}" for number in range(3)]
    publish({person: f"was-{person}" for person in people})
    rule("team", step("test.put", READS))
    for person in people:
        shelf.plan[f"was-{person}"].append(Permanent("AccessDenied", "Not allowed."))
    receive(*(suspended(person, minute=number) for number, person in enumerate(people)))
    drain()
    publish({person: f"now-{person}" for person in people})
    return list(Run.objects.failures())


@pytest.mark.parametrize("version", ["same", "current"])
def test_the_calls_of_a_plan_are_those_that_its_runs_make(
    shelf: Shelf, failed: list[Run], version: str
) -> None:
    if version == "current":
        rule("team", step("test.put", READS), title="Again")
    plan = computed(plan_of(Options(rate=50, stop_after=0, version=version)))
    shown = [item.effect[0]["params"]["key"] for item in plan.items.order_by("position")]
    assert shown == ["now-00u0", "now-00u1", "now-00u2"]
    confirm(plan)
    assert work(plan).state == Plan.State.DONE
    assert sorted(shelf.items) == shown


def test_items_are_read_in_as_many_queries_for_three_as_for_one(failed: list[Run]) -> None:
    items = list(plan_of().items.order_by("position"))
    assert len(items) == len(failed) == 3
    asked = [_queries(items[:1]), _queries(items)]
    assert asked[0] == asked[1]


def _queries(items: list[PlanItem]) -> int:
    with CaptureQueriesContext(connection) as seen:
        effects.subjects(items, Options(), database_now())
    return len(seen)
