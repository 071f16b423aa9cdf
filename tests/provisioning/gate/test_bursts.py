"""A burst over the limit waits before its first action, until people let it go or reject it."""

import pytest
from django.db import transaction

from audit.models import Entry
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import CannotDecide
from provisioning.events.models import Event
from provisioning.plans import deciding, gathering, splitting
from provisioning.plans.asking import CannotChange
from provisioning.plans.models import Plan, PlanItem
from provisioning.runs.gate_models import Gate
from provisioning.runs.models import Run
from provisioning.runs.scheduling import schedule_due
from provisioning.status import balance
from tests.provisioning.gate.support import (
    MAYA,
    TOM,
    WHO,
    decided,
    limited,
    people,
    plan_of,
    request_of,
    states,
)
from tests.support.actions import Shelf
from tests.support.engine import TESTER, assert_settled, drain, receive, rule, step


def matched(*events: dict[str, object]) -> None:
    """Store and match them all before anything is executed, as when a worker is quick."""
    receive(*events)
    while schedule_due(limit=100, actor=TESTER):
        pass


def test_over_the_limit_nothing_of_the_window_begins(shelf: Shelf) -> None:
    limited(runs=3)
    matched(*people(0, 3))
    assert states() == {"pending": 3}
    matched(*people(3, 1))
    drain()
    assert states() == {"held": 4}
    assert not shelf.acts
    assert (balance().holds, balance().held) == (True, 4)
    plan = plan_of()
    assert (plan.kind, plan.item_count) == (Plan.Kind.BURST, 4)
    assert request_of(plan).content["groups"] == {"update": 4}
    assert "4 runs since" in plan.state_because
    items = PlanItem.objects.filter(plan=plan)
    assert {call["target"] for item in items for call in item.effect} == {"shelf"}


def test_a_burst_that_is_gathered_in_parts_is_one_plan(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "AT_ONCE", 2)
    limited(runs=3)
    matched(*people(0, 7))
    drain()
    plan = plan_of()
    positions = PlanItem.objects.filter(plan=plan).values_list("position", flat=True)
    assert (plan.item_count, sorted(positions)) == (7, [1, 2, 3, 4, 5, 6, 7])
    assert request_of(plan).content["groups"] == {"update": 7}


def test_what_has_run_stays_and_what_comes_meanwhile_joins(shelf: Shelf) -> None:
    limited(runs=3)
    receive(*people(0, 3))
    drain()
    assert len(shelf.acts) == 3
    receive(*people(3, 2))
    drain()
    receive(*people(5, 4))
    drain()
    assert states() == {"succeeded": 3, "held": 6}
    assert plan_of().item_count == 6


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


def test_removals_have_a_limit_of_their_own_although_no_rule_says_so(
    shelf: Shelf, settings: object
) -> None:
    """Mass deletion: an empty group or a bad import must not take away what everybody has."""
    settings.DEFAULT_LIMIT_REVOKES = 2  # type: ignore[attr-defined]  # a fixture without a type
    rule("leavers", step("test.take", WHO))
    matched(*people(0, 3))
    drain()
    assert not shelf.acts
    assert "steps of effect revoke" in plan_of().state_because


def test_runs_have_a_limit_although_no_rule_says_so(shelf: Shelf, settings: object) -> None:
    settings.DEFAULT_LIMIT_RUNS = 2  # type: ignore[attr-defined]  # as above
    rule("joiners", step("test.put", WHO))
    matched(*people(0, 3))
    drain()
    assert states() == {"held": 3}


@pytest.mark.parametrize("limits", ["none", {"runs": "none"}])
def test_a_rule_can_switch_its_limit_off(shelf: Shelf, settings: object, limits: object) -> None:
    settings.DEFAULT_LIMIT_RUNS = 2  # type: ignore[attr-defined]  # as above
    rule("joiners", step("test.put", WHO), limits=limits)
    matched(*people(0, 5))
    drain()
    assert len(shelf.acts) == 5


def test_the_share_of_all_people_is_limited(shelf: Shelf) -> None:
    limited(share="50%", runs="none")
    matched(*people(0, 3))
    drain()
    assert states() == {"held": 3}, "3 of the 3 people known"
    assert "3 of 3 people" in plan_of().state_because


def test_other_rules_are_not_held(shelf: Shelf) -> None:
    limited("one", runs=1)
    rule("two", step("test.put", f"two-{WHO}"))
    matched(*people(0, 3))
    drain()
    assert set(shelf.acts) == {"two-00u0", "two-00u1", "two-00u2"}


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


def test_the_trail_tells_of_the_gate_and_of_each_run(shelf: Shelf) -> None:
    limited(runs=1)
    matched(*people(0, 3))
    drain()
    decided(plan_of())
    verbs = list(Entry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs.count("gate.shut") == verbs.count("gate.opened") == 1
    assert verbs.count("run.held") == 3
    assert verbs.count("plan.released") == 1


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
