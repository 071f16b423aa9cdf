"""Releasing: what will happen is shown first, and the wide levels need a second person."""

import pytest

from audit.models import Entry
from provisioning.approvals import policy
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import CannotDecide
from provisioning.runs import brake_releases, braked
from provisioning.runs.brake_models import Brake
from provisioning.runs.brake_releases import CannotRelease
from tests.provisioning.runs.braking import MAYA, TOM, pulled, released
from tests.support.actions import Shelf
from tests.support.engine import drain, receive, rule, step, suspended

WHO = "{{ event.target.User.id }}"


@pytest.mark.parametrize("level", ["all", "destructive"])
@pytest.mark.django_db
def test_a_wide_brake_is_not_released_by_one_person_alone(level: str) -> None:
    brake = pulled(level)
    with pytest.raises(CannotRelease, match="Somebody else must agree"):
        brake_releases.release(brake, reason="Over.", actor=MAYA)
    approval = brake_releases.ask_release(brake, reason="Over.", actor=MAYA)
    with pytest.raises(CannotDecide, match="You asked for this"):
        _decide(approval, MAYA)
    assert Brake.objects.on().exists()
    _decide(approval, TOM)
    brake.refresh_from_db()
    assert (brake.released_by, brake.release_reason) == ("Tom", "Over.")


def _decide(approval: Approval, actor: object) -> None:
    brake_releases.decide(
        approval, verdict="approve", digest=approval.digest, reason="", roles=["approver"],
        actor=actor,  # type: ignore[arg-type]  # an Actor, told apart by the caller
    )  # fmt: skip


@pytest.mark.django_db
def test_a_team_of_one_still_needs_somebody_for_a_high_risk_and_not_for_one_target() -> None:
    policy.change(four_eyes=False, needed_from="high", actor=MAYA)
    assert brake_releases.second_person_needed(pulled("all"))
    brake_releases.release(pulled("target", target="slack"), reason="Slack is back.", actor=MAYA)


@pytest.mark.django_db
def test_pulling_and_releasing_are_told_to_the_trail() -> None:
    brake = pulled("target", target="slack")
    released(brake)
    told = {e.verb: e.data for e in Entry.objects.filter(object_kind="brake")}
    assert told["brake.pulled"]["reason"] == "Bad import"
    assert told["brake.released"] == {"level": "target", "target": "slack", "reason": "It is over."}


@pytest.mark.django_db
def test_it_is_released_once() -> None:
    brake = pulled("target", target="slack")
    released(brake)
    with pytest.raises(CannotRelease, match="released already"):
        released(brake)


def test_what_will_happen_is_counted_by_rule_effect_and_person(shelf: Shelf) -> None:
    rule("one", step("test.put", WHO), step("test.take", WHO))
    rule("two", step("test.say", WHO))
    brake = pulled("all")
    receive(suspended("00u1"), suspended("00u2"))
    drain()
    found = braked.waiting(brake)
    assert (found.runs, found.by_rule) == (4, [("one", 2), ("two", 2)])
    assert found.by_effect == [("notify", 2), ("revoke", 2), ("update", 2)]
    assert found.people_count == 2
    reach = braked.reach()
    assert (reach.everything, reach.destructive) == (4, 2)
    assert (reach.by_service, reach.by_rule) == ({"test": 4}, {"one": 2, "two": 2})
