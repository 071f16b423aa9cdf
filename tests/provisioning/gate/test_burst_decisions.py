"""A burst is let go or rejected, as a whole or in parts; nobody's answer ends it."""

import pytest
from django.db import transaction

from provisioning.approvals.models import Approval
from provisioning.approvals.requests import CannotDecide
from provisioning.events.models import Event
from provisioning.plans import deciding, splitting
from provisioning.plans.asking import CannotChange
from provisioning.plans.models import Plan
from provisioning.runs.gate_models import Gate
from provisioning.runs.models import Run
from provisioning.status import balance
from tests.provisioning.gate.support import (
    MAYA,
    TOM,
    WHO,
    decided,
    limited,
    matched,
    people,
    plan_of,
    request_of,
    states,
)
from tests.support.actions import Shelf
from tests.support.engine import TESTER, assert_settled, drain, rule, step


def test_let_go_the_whole_plan_runs_and_is_counted_anew(shelf: Shelf) -> None:
    limited(runs=3)
    matched(*people(0, 5))
    drain()
    plan = decided(plan_of())
    assert plan.state == Plan.State.DONE
    assert not Gate.objects.exclude(burst="").exists()
    drain()
    assert len(shelf.acts) == 5
    assert_settled()
    matched(*people(5, 3))
    drain()
    assert len(shelf.acts) == 8
    matched(*people(8, 1))
    drain()
    assert states()["held"] == 1, "the fourth since it was let go"


def test_rejected_nothing_runs_and_the_events_are_done(shelf: Shelf) -> None:
    limited(runs=1)
    matched(*people(0, 4))
    drain()
    plan = decided(plan_of(), "reject")
    drain()
    assert not shelf.acts
    assert states() == {"rejected": 4}
    assert plan.state == Plan.State.REJECTED
    assert set(Event.objects.values_list("state", flat=True)) == {Event.State.DONE}
    assert balance().holds
    assert_settled()


def test_what_joins_makes_the_open_request_void_and_asks_anew(shelf: Shelf) -> None:
    limited(runs=1)
    matched(*people(0, 2))
    drain()
    first = request_of(plan_of())
    matched(*people(2, 1))
    drain()
    first.refresh_from_db()
    assert first.state == Approval.State.VOID
    second = request_of(plan_of())
    assert second.content["checksum"] != first.content["checksum"]
    with pytest.raises(CannotDecide):
        decided(plan_of(), approval=first)
    assert not shelf.acts


def test_a_run_that_joined_and_was_not_shown_is_not_let_go_with_the_others(shelf: Shelf) -> None:
    """Held in the moment of the click: it is in no plan yet."""
    limited(runs=1)
    matched(*people(0, 2))
    drain()
    matched(*people(2, 1))
    decided(plan_of())
    assert states() == {"pending": 2, "held": 1}
    drain()
    assert len(shelf.acts) == 2
    assert plan_of().item_count == 1


def test_a_part_is_decided_apart(shelf: Shelf) -> None:
    """First some people, then the rest is rejected."""
    limited(runs=1)
    matched(*people(0, 5))
    drain()
    whole = plan_of()
    asked = request_of(whole)
    part = splitting.split(whole, first=2, actor=MAYA)
    asked.refresh_from_db()
    assert asked.state == Approval.State.VOID
    decided(part)
    assert Gate.objects.exclude(burst="").exists(), "the rest still waits"
    drain()
    assert set(shelf.acts) == {"00u0", "00u1"}
    whole.refresh_from_db()
    decided(whole, "reject")
    drain()
    assert states() == {"succeeded": 2, "rejected": 3}
    assert not Gate.objects.exclude(burst="").exists()


@pytest.mark.parametrize(
    "part", [{"sub_group": "update"}, {"target": "nowhere"}, {"department": "Sales"}]
)
def test_a_part_is_neither_all_nor_nothing(shelf: Shelf, part: dict[str, str]) -> None:
    limited(runs=1)
    matched(*people(0, 3))
    drain()
    with pytest.raises(CannotChange):
        splitting.split(plan_of(), actor=MAYA, **part)  # type: ignore[arg-type]  # texts only


def test_whoever_took_a_part_apart_does_not_decide_it(shelf: Shelf) -> None:
    limited(runs=1)
    matched(*people(0, 3))
    drain()
    part = splitting.split(plan_of(), first=1, actor=TOM)
    with pytest.raises(CannotDecide, match="You asked for this"):
        decided(part)


def test_a_run_whose_rule_demands_an_approval_still_needs_it_after_the_burst(
    shelf: Shelf,
) -> None:
    """Approval is not skipped because something else held the run too."""
    rule("one", step("test.put", WHO), limits={"runs": 1}, approval="required")
    matched(*people(0, 2))
    drain()
    assert not Approval.objects.filter(kind="run").exists(), "nobody is asked twice at once"
    decided(plan_of())
    drain()
    assert not shelf.acts
    assert states() == {"held": 2}
    assert Approval.objects.open().filter(kind="run").count() == 2


def test_nobody_decided_in_time_and_nothing_is_done(shelf: Shelf) -> None:
    limited(runs=1)
    matched(*people(0, 2))
    drain()
    with transaction.atomic():
        deciding.expired(request_of(plan_of()), actor=TESTER)
    drain()
    assert states() == {"expired": 2}
    assert not Run.objects.exclude(burst="").exists()
    assert not shelf.acts
