"""A limit of 0: none passes by itself, and each waits until people have let it go."""

import pytest

from provisioning.plans.models import Plan
from tests.provisioning.gate.support import WHO, decided, limited, people, plan_of, states
from tests.support.actions import Shelf
from tests.support.engine import assert_settled, drain, receive, rule, step


def test_with_revoke_0_each_removal_waits_for_a_plan_and_then_runs(shelf: Shelf) -> None:
    limited(action="test.take", revoke=0)
    receive(*people(0, 1))
    drain()
    assert states() == {"held": 1}
    plan = plan_of()
    assert "1 step of effect revoke" in plan.state_because
    assert "the limit is 0." in plan.state_because
    assert not shelf.acts
    decided(plan)
    drain()
    assert len(shelf.acts) == 1
    assert_settled()
    receive(*people(1, 1))
    drain()
    assert states() == {"succeeded": 1, "held": 1}, "the next one waits again"
    assert Plan.objects.count() == 2


def test_steps_of_another_effect_go_on(shelf: Shelf) -> None:
    limited(revoke=0)
    receive(*people(0, 2))
    drain()
    assert states() == {"succeeded": 2}


def test_with_runs_0_each_run_waits(shelf: Shelf) -> None:
    limited(runs=0)
    receive(*people(0, 1))
    drain()
    assert states() == {"held": 1}
    assert not shelf.acts


def test_none_is_no_limit_also_for_removals(shelf: Shelf, settings: object) -> None:
    settings.DEFAULT_LIMIT_REVOKES = 1  # type: ignore[attr-defined]  # a fixture without a type
    rule("leavers", step("test.take", WHO), limits={"revoke": "none"})
    receive(*people(0, 4))
    drain()
    assert len(shelf.acts) == 4


@pytest.mark.parametrize(("given", "kept"), [("none", "none"), (0, 0), (7, 7)])
def test_what_was_written_is_kept_and_read_again(shelf: Shelf, given: object, kept: object) -> None:
    made = limited(revoke=given)
    assert made.current is not None
    assert made.current.definition["limits"]["revoke"] == kept


def test_a_setting_of_0_is_still_no_limit(shelf: Shelf, settings: object) -> None:
    settings.DEFAULT_LIMIT_RUNS = 0  # type: ignore[attr-defined]  # as above
    settings.DEFAULT_LIMIT_REVOKES = 0  # type: ignore[attr-defined]  # as above
    rule("leavers", step("test.take", WHO))
    receive(*people(0, 2))
    drain()
    assert len(shelf.acts) == 2
