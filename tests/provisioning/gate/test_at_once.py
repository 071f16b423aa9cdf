"""Workers that make runs in the same moment cannot slip under a limit together."""

import pytest

from provisioning.plans import gathering
from provisioning.runs.models import Run
from provisioning.runs.scheduling import schedule_due
from tests.provisioning.gate.support import decided, limited, people, plan_of, states
from tests.support.actions import Shelf
from tests.support.engine import TESTER, assert_settled, drain, receive, together


@pytest.mark.parametrize("size", [1, 5])
def test_of_eight_workers_none_makes_a_run_over_the_limit_claimable(
    shelf: Shelf, size: int
) -> None:
    limited(runs=20)
    receive(*people(0, 40))

    def work(_: int) -> None:
        while schedule_due(limit=size, actor=TESTER):
            pass

    assert together(8, work) == [None] * 8
    drain()
    assert states() == {"held": 40}
    assert not shelf.acts
    assert plan_of().item_count == 40


def test_exactly_the_limit_passes(shelf: Shelf) -> None:
    limited(runs=20)
    receive(*people(0, 20))
    together(4, lambda _: schedule_due(limit=5, actor=TESTER))
    drain()
    assert len(shelf.acts) == 20
    assert_settled()


def test_runs_made_while_a_burst_is_let_go_are_lost_to_nobody(shelf: Shelf) -> None:
    limited(runs=5)
    receive(*people(0, 10))
    drain()
    plan = plan_of()
    receive(*people(10, 20))

    def work(number: int) -> None:
        if number:
            schedule_due(limit=10, actor=TESTER)
        else:
            decided(plan)

    together(3, work)
    drain()
    left = Run.objects.filter(state=Run.State.HELD).exclude(burst="").count()
    assert len(shelf.acts) + left == 30
    if left:
        assert plan_of().item_count == left
        assert not gathering.any_ungathered()
