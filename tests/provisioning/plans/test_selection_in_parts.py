"""A worker that makes a slice of a large plan reads that slice of its list, however long it is."""

from typing import Any

import pytest
from django.db import connection

from provisioning.plans import filling
from provisioning.plans.large_models import PlanSelection
from provisioning.plans.models import Plan
from provisioning.runs.models import Run
from tests.support.engine import TESTER
from tests.support.factories import NOW, make_rule
from tests.support.run_factories import make_run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "SLICE", 3)


def large(run: Run, count: int) -> Plan:
    """A plan of so many items, all about one run: rows that are equally long."""
    plan = Plan.objects.create(
        kind="bulk_replay", title="T", state="selecting", checksum="", item_count=count,
        requester="M", requester_identity="m", created_at=NOW,
    )  # fmt: skip
    PlanSelection.objects.create(plan=plan, rows=[[f"K{n:04}", run.pk] for n in range(count)])
    return plan


def fetched_for_a_slice(plan: Plan) -> int:
    """How many bytes the database sent of selections while it was made."""
    sizes = []

    def measure(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        result = context["cursor"].cursor.pgresult
        if "planselection" in sql and result is not None:
            cells = [(r, c) for r in range(result.ntuples) for c in range(result.nfields)]
            sizes.append(sum(len(result.get_value(*cell) or b"") for cell in cells))
        return answer

    with connection.execute_wrapper(measure):
        filling.fill_slice(plan, actor=TESTER)
    assert sizes, "it was read"
    return sum(sizes)


@pytest.mark.parametrize("slices", [0, 1])
def test_what_is_sent_for_a_slice_does_not_grow_with_the_list(slices: int) -> None:
    run, sent = make_run(make_rule("joiner")), []
    for count in (9, 900):
        plan = large(run, count)
        for _ in range(slices):
            filling.fill_slice(plan, actor=TESTER)
        sent.append(fetched_for_a_slice(plan))
        assert plan.items.count() == 3 * (slices + 1)
    short, long = sent
    assert 0 < short <= long <= short + len("900") - len("9")


@pytest.mark.parametrize("count", [1, 3, 4, 6])
def test_every_row_becomes_an_item_once_and_in_order(count: int) -> None:
    plan = large(make_run(make_rule("joiner")), count)
    for _ in range(-(-count // 3)):
        assert plan.state == Plan.State.SELECTING
        filling.fill_slice(plan, actor=TESTER)
        plan.refresh_from_db()
    assert plan.state == Plan.State.DRAFT
    found = plan.items.order_by("position").values_list("position", "key")
    assert list(found) == [(n + 1, f"K{n:04}") for n in range(count)]
