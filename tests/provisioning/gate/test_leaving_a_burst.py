"""A run of a burst that somebody gives up by itself leaves it: the rest can still be decided."""

from datetime import timedelta

import pytest

from provisioning import recovery
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import CannotDecide
from provisioning.clocks import database_now
from provisioning.plans import gathering
from provisioning.plans.models import Plan
from provisioning.runs import asking, gate, holding
from provisioning.runs.gate_models import Gate
from provisioning.runs.models import Run
from tests.provisioning.gate.support import (
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


def _burst(shelf: Shelf) -> Plan:
    limited(runs=1)
    matched(*people(0, 4))
    drain()
    return plan_of()


def _give_up(count: int = 1) -> None:
    for run in Run.objects.filter(state="held").order_by("pk")[:count]:
        assert holding.cancel(run, reason="Wrong person.", actor=TESTER)


def test_the_rest_is_asked_for_anew_and_goes_on(shelf: Shelf) -> None:
    """Mutation: nobody could ever decide, and the rule's later runs were held for ever."""
    plan = _burst(shelf)
    before = request_of(plan)
    _give_up()
    with pytest.raises(CannotDecide):
        decided(plan, approval=before)
    assert gathering.any_ungathered()
    drain()
    assert not gathering.any_ungathered()
    before.refresh_from_db()
    assert (before.state, request_of(plan).content["items"]) == ("void", 3)
    assert decided(plan).state == "done"
    drain()
    assert states() == {"cancelled": 1, "succeeded": 3}
    assert not Gate.objects.exclude(burst="").exists()
    assert_settled()


def test_it_can_be_rejected_at_once(shelf: Shelf) -> None:
    plan = _burst(shelf)
    _give_up()
    assert decided(plan, "reject").state == "rejected"
    assert states() == {"cancelled": 1, "rejected": 3}
    assert not Gate.objects.exclude(burst="").exists()
    assert_settled()


@pytest.mark.parametrize("gathered", [True, False])
def test_once_all_have_left_the_gate_is_open(shelf: Shelf, gathered: bool) -> None:
    limited(runs=1)
    matched(*people(0, 3))
    if gathered:
        drain()
    _give_up(3)
    drain()
    assert not Gate.objects.exclude(burst="").exists()
    assert not Plan.objects.filter(state="waiting").exists()
    assert not Approval.objects.open().exists()
    matched(*people(10, 1))
    drain()
    assert states() == {"cancelled": 3, "succeeded": 1}
    assert_settled()


def test_nobody_decides_and_it_expires_like_any_other(shelf: Shelf) -> None:
    plan = _burst(shelf)
    _give_up()
    Approval.objects.update(expires_at=database_now())
    recovery.expire(database_now())
    plan.refresh_from_db()
    assert (plan.state, states()) == ("expired", {"cancelled": 1, "expired": 3})


def test_a_request_that_cannot_be_ended_keeps_no_other_open(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: in one transaction for all, nothing would ever expire again."""
    plan = _burst(shelf)
    limited("other", runs=0)
    matched(*people(20, 1))
    drain()
    Approval.objects.update(expires_at=database_now())
    owner = recovery.OWNERS["plan"]

    def fail_for_one(approval: Approval, **who: object) -> None:
        if approval.object_code == plan.code:
            raise CannotDecide("Not now.")
        owner(approval, **who)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(recovery, "OWNERS", {"plan": fail_for_one})
    recovery.expire(database_now())
    ended = Approval.objects.exclude(state="void").values_list("state", flat=True)
    assert sorted(ended) == ["expired", "open"]


def test_a_run_that_joins_a_burst_while_it_is_looked_at_is_not_asked_for(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would have two requests, and the one for it alone would let it slip out of the burst."""
    careful = rule("careful", step("test.put", WHO), approval="required", limits={"runs": 1})
    matched(*people(0, 1))
    run = Run.objects.get()
    look_at = asking.look_at

    def join(work: object) -> object:
        Gate.objects.filter(rule=careful).update(burst="B", why="many", shut_at=database_now())
        held = gate._hold(Gate.objects.get(rule=careful), run.created_at - timedelta(hours=1))
        assert [pk for pk, _, _ in held] == [run.pk]
        return look_at(work)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(asking, "look_at", join)
    asking.ask_due(limit=1, actor=TESTER)
    run.refresh_from_db()
    assert (run.burst, run.asked_at) == ("B", None)
    assert not Approval.objects.filter(object_code=run.code).exists()
