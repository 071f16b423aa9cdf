"""What a brake covers does not act; everything else goes on, and nothing is lost meanwhile."""

import time
from collections.abc import Callable

import pytest

from provisioning import jobs
from provisioning.events.models import Event
from provisioning.runs import brakes
from provisioning.runs.brakes import CannotPull
from provisioning.runs.claiming import any_claimable
from provisioning.runs.models import Run, Step
from provisioning.status import balance
from tests.provisioning.runs.braking import MAYA, pulled, released
from tests.support.actions import Shelf
from tests.support.engine import (
    assert_settled,
    drain,
    receive,
    rule,
    run_of,
    step,
    suspended,
    verbs,
)

WHO = "{{ event.target.User.id }}"


def test_events_are_stored_and_matched_and_nothing_acts_until_it_is_released(shelf: Shelf) -> None:
    rule("one", step("test.put", WHO))
    brake = pulled("all")
    (event,) = receive(suspended())
    drain()
    assert run_of(event).state == Run.State.PENDING
    assert Event.objects.get().state == Event.State.IN_FLIGHT
    assert (balance().holds, balance().in_flight) == (True, 1)
    assert not any_claimable(), "the sweeper would wake workers for nothing"
    assert not shelf.acts
    released(brake)
    drain()
    assert shelf.items == {"00u1": "on"}
    assert_settled()


def test_only_what_takes_away_stops_at_the_destructive_level(shelf: Shelf) -> None:
    rule("one", step("test.put", f"put-{WHO}"))
    rule("two", step("test.take", f"take-{WHO}"))
    brake = pulled("destructive")
    receive(suspended())
    drain()
    assert set(shelf.acts) == {"put-00u1"}
    released(brake)
    drain()
    assert set(shelf.acts) == {"put-00u1", "take-00u1"}
    assert_settled()


@pytest.mark.parametrize("target", ["test", "shelf"])
def test_a_service_or_a_single_target_stops(
    shelf: Shelf, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provisioning.runs.brakes.known_targets", lambda: ["shelf"])
    rule("one", step("test.put", WHO))
    brake = pulled("target", target=target)
    (event,) = receive(suspended())
    drain()
    assert not shelf.acts
    assert run_of(event).state == Run.State.PENDING
    assert not any_claimable()
    released(brake)
    drain()
    assert_settled()


def test_one_rule_stops_and_the_others_go_on_for_other_people(shelf: Shelf) -> None:
    one = rule("one", step("test.put", f"one-{WHO}"))
    pulled("rule", rule=one)
    receive(suspended("00u1"))
    drain()
    assert not shelf.acts
    rule("two", step("test.put", f"two-{WHO}"), on=["user.lifecycle.unsuspend"])
    receive(suspended("00u2") | {"eventType": "user.lifecycle.unsuspend"})
    drain()
    assert set(shelf.acts) == {"two-00u2"}


def test_what_waits_keeps_its_place_in_the_lane_of_its_person(shelf: Shelf) -> None:
    """A later grant must not overtake the removal that waits."""
    one = rule("take", step("test.take", WHO, "gone"))
    rule("put", step("test.put", WHO, "there"), on=["user.lifecycle.unsuspend"])
    brake = pulled("rule", rule=one)
    receive(
        suspended(minute=0),
        suspended(minute=1) | {"eventType": "user.lifecycle.unsuspend"},
    )
    drain()
    assert not shelf.acts
    released(brake)
    drain()
    assert [value for _, value in shelf.order] == ["gone", "there"]


@pytest.mark.parametrize("level", ["all", "rule", "destructive", "target"])
def test_a_run_on_its_way_stops_before_its_next_covered_step(shelf: Shelf, level: str) -> None:
    """The brake is pulled while the first step acts; the second must not act any more."""
    one = rule("one", step("test.put", "first"), step("test.take", "second"))
    fields: dict[str, object] = {"rule": one} if level == "rule" else {}
    fields |= {"target": "test"} if level == "target" else {}
    brakes_pulled = []

    def pull() -> None:
        brakes_pulled.append(pulled(level, **fields))
        time.sleep(1.5 * brakes.NOTICED_SECONDS)

    shelf.plan["first"].append(pull)
    (event,) = receive(suspended())
    drain()
    run = run_of(event)
    states = list(run.steps.order_by("position").values_list("state", flat=True))
    assert states == [Step.State.SUCCEEDED, Step.State.WAITING]
    assert run.state == Run.State.PENDING
    assert "second" not in shelf.acts
    assert run.steps.get(key="test_take").intent_at is None
    released(brakes_pulled[0])
    drain()
    assert dict(shelf.acts) == {"first": 1, "second": 1}
    assert_settled()


def _pull_all() -> None:
    """While a call takes as long as calls do, and no longer."""
    pulled("all")
    time.sleep(1.5 * brakes.NOTICED_SECONDS)


def test_of_many_runs_in_one_claim_only_the_act_under_way_is_finished(shelf: Shelf) -> None:
    """A worker asks before each act, not once a claim."""
    rule("one", step("test.put", WHO))
    for number in range(6):  # whichever comes first
        shelf.plan[f"00u{number}"].append(_pull_all)
    receive(*(suspended(f"00u{n}", minute=n) for n in range(6)))
    jobs.drain_for(20)
    assert len(shelf.acts) == 1
    assert Run.objects.filter(state=Run.State.PENDING).count() == 5
    assert not Run.objects.filter(state=Run.State.RUNNING).exists()


def test_what_cannot_be_read_back_is_not_left_in_doubt(shelf: Shelf) -> None:
    """Its intent is taken back: nothing was sent."""
    rule("one", step("test.put", "first"), step("test.say", "hello"))
    shelf.plan["first"].append(_pull_all)
    (event,) = receive(suspended())
    drain()
    assert run_of(event).steps.get(key="test_say").state == Step.State.WAITING
    assert "step.intended" not in verbs(run_of(event))[2:]


def _unknown_target() -> None:
    pulled("target", target="aws.s33")


def _without_reason() -> None:
    pulled("all", reason="  ")


def _rule_without_rule() -> None:
    pulled("rule")


def _twice() -> None:
    pulled("all")
    pulled("all")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (_unknown_target, "Nothing acts on 'aws.s33'"),
        (_without_reason, "Say in a sentence why"),
        (_rule_without_rule, "Choose a rule"),
        (_twice, "stopped already"),
    ],
)
@pytest.mark.django_db
def test_what_is_wrong_is_said_in_a_sentence(wrong: Callable[[], None], said: str) -> None:
    with pytest.raises(CannotPull, match=said):
        wrong()
    assert MAYA.person
