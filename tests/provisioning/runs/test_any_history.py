"""R20, scaled: whatever happens in whatever order, everything comes to an end and nothing that
cannot be read back is done twice."""

import pytest
from pytest_django import Settings

from provisioning.events.models import Event
from provisioning.runs.models import Attempt, Run, Step
from tests.provisioning.runs.histories import History
from tests.support.actions import Shelf
from tests.support.engine import assert_settled

ENDED = {"succeeded", "failed", "unknown", "rejected", "cancelled"}


@pytest.mark.parametrize("seed", range(6))
def test_everything_ends_and_nothing_is_said_twice(
    shelf: Shelf, settings: Settings, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Late events, killed workers, workers told to end, errors before and after an effect, outages,
    a brake, bursts, decisions, replays."""
    settings.DEFAULT_LIMIT_RUNS = 0
    history = History(seed, monkeypatch)
    history.go_on(150)
    history.come_to_rest()
    assert set(Run.objects.values_list("state", flat=True)) <= ENDED
    assert set(Event.objects.values_list("state", flat=True)) <= {"done", "failed", "no_match"}
    for said in Step.objects.filter(action="test.say"):
        again = said.tries.filter(result=Attempt.Result.TRANSIENT).count()
        assert shelf.acts[said.run.code] <= 1 + again
    assert_settled()
