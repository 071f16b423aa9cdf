"""A burst over the limit waits before its first action, and is one plan that people look at."""

import hashlib

import pytest
import rfc8785

from audit.models import Entry
from provisioning.plans import asking, gathering
from provisioning.plans.models import Plan, PlanItem
from provisioning.status import balance
from tests.provisioning.gate.support import (
    decided,
    limited,
    matched,
    people,
    plan_of,
    request_of,
    states,
)
from tests.support.actions import Shelf
from tests.support.engine import drain, receive


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


def test_the_checksum_is_over_the_whole_list_although_it_is_read_in_parts(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_CHUNK", 2)
    limited(runs=1)
    matched(*people(0, 5))
    drain()
    plan = plan_of()
    items = plan.items.order_by("position").values_list("key", "effect")
    whole = rfc8785.dumps([list(one) for one in items])
    assert plan.checksum == hashlib.sha256(whole).hexdigest()


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


def test_the_trail_tells_of_the_gate_and_of_each_run(shelf: Shelf) -> None:
    limited(runs=1)
    matched(*people(0, 3))
    drain()
    decided(plan_of())
    verbs = list(Entry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs.count("gate.shut") == verbs.count("gate.opened") == 1
    assert verbs.count("run.held") == 3
    assert verbs.count("plan.released") == 1
