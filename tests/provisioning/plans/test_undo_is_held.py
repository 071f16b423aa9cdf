"""An undo of what a rule with an approval did is held too, whoever agreed to the plan."""

from provisioning.plans import selecting_undo
from provisioning.runs.models import Run
from tests.provisioning.holding.support import say
from tests.provisioning.plans.test_undo import FOLDER, carried_out, keys, planned
from tests.support.engine import drain, receive, rule, suspended
from tests.support.world import World
from tests.support.worlds import session_sandbox, world

__all__ = ["session_sandbox", "world"]


def test_an_undo_of_a_run_that_had_to_be_agreed_to_is_held(world: World) -> None:
    """The approval belongs to what is done, not to what started it."""
    rule("homes", FOLDER, approval="required")
    receive(suspended("00u1"))
    drain()
    run = Run.objects.get()
    say(run)
    drain()
    assert "home-00u1/" in keys(world)

    plan = carried_out(planned(selecting_undo.of_run(run)))

    undo = Run.objects.get(mode=Run.Mode.UNDO)
    assert (undo.state, plan.outcomes) == ("held", {"held": 1})
    assert "home-00u1/" in keys(world)
