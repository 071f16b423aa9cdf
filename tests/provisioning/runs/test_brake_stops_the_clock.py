"""The day in which a step is tried again stands still while a brake holds its run."""

from datetime import timedelta

import pytest

from provisioning.actions.base import Transient
from provisioning.clocks import database_now
from provisioning.runs.brake_models import Brake
from provisioning.runs.models import Run, Step
from tests.provisioning.runs.braking import pulled, released
from tests.support.actions import Shelf
from tests.support.engine import drain, make_due, receive, rule, step, suspended

WHO = "{{ event.target.User.id }}"
BUSY = Transient("busy", "Not now.")


@pytest.fixture
def run(shelf: Shelf) -> Run:
    """A run that has failed once for a passing reason, and would again."""
    rule("one", step("test.put", WHO))
    shelf.plan["00u1"].extend([BUSY] * 5)
    receive(suspended())
    drain()
    return Run.objects.get(state="retrying")


def held(tried: timedelta, by: str, since: timedelta) -> Brake:
    """A brake pulled so long ago, for a run that was tried first so long ago."""
    now = database_now()
    Step.objects.update(started_at=now - tried)
    brake = pulled(by, **({"target": "test"} if by == "target" else {}))
    Brake.objects.filter(pk=brake.pk).update(pulled_at=now - since)
    brake.refresh_from_db()
    return brake


def tried_again(run: Run) -> Run:
    make_due()
    drain()
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("level", ["all", "target"])
def test_a_run_held_longer_than_a_day_is_tried_again_after_the_release(
    run: Run, level: str
) -> None:
    brake = held(timedelta(hours=50), level, since=timedelta(hours=49))
    assert tried_again(run).attempts == 1, "it is stopped"
    released(brake)
    run = tried_again(run)
    assert (run.state, run.attempts) == ("retrying", 2)
    assert run.retry_from_at is not None
    left = run.retry_from_at - database_now()
    assert abs(left + timedelta(hours=1)) < timedelta(minutes=1), "the hour before it counts"


def test_the_time_before_the_brake_counts(run: Run) -> None:
    brake = held(timedelta(hours=26), "all", since=timedelta(hours=1))
    released(brake)
    run = tried_again(run)
    assert (run.state, run.error_code) == ("failed", "busy")


def test_a_brake_that_never_held_it_gives_it_no_time(run: Run) -> None:
    Step.objects.update(started_at=database_now() - timedelta(hours=30))
    released(pulled("target", target="slack"))
    assert tried_again(run).state == "failed"


def test_two_brakes_one_after_the_other_are_both_left_out(run: Run) -> None:
    first = held(timedelta(hours=50), "all", since=timedelta(hours=49))
    second = held(timedelta(hours=50), "target", since=timedelta(hours=40))
    released(first)
    assert tried_again(run).attempts == 1, "the second one still holds it"
    released(second)
    assert tried_again(run).state == "retrying"


def test_a_run_that_was_never_begun_has_nothing_to_shift(shelf: Shelf) -> None:
    rule("one", step("test.put", WHO))
    brake = pulled("all")
    receive(suspended())
    drain()
    released(brake)
    assert Run.objects.get().retry_from_at is None
    drain()
    assert Run.objects.get().state == "succeeded"
