"""Which limits hold for a rule: its own, those that no rule names, or none."""

import pytest

from tests.provisioning.gate.support import (
    WHO,
    limited,
    matched,
    people,
    plan_of,
    states,
)
from tests.support.actions import Shelf
from tests.support.engine import drain, rule, step


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
    assert "3 of the 3 people Sluice knows" in plan_of().state_because


def test_other_rules_are_not_held(shelf: Shelf) -> None:
    limited("one", runs=1)
    rule("two", step("test.put", f"two-{WHO}"))
    matched(*people(0, 3))
    drain()
    assert set(shelf.acts) == {"two-00u0", "two-00u1", "two-00u2"}
