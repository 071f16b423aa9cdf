"""The lock of a rule's counter row: of two workers the second counts what the first has made."""

import threading
from datetime import datetime

import pytest

from provisioning.rules.definitions import Definition
from provisioning.runs import gate_limits
from provisioning.runs.gate_limits import Allowed
from provisioning.runs.gate_models import Gate
from provisioning.runs.scheduling import schedule_due
from tests.provisioning.gate.support import limited, people, states
from tests.support.actions import Shelf
from tests.support.engine import TESTER, receive, together

#: How long a worker that has counted waits for the other to count too. Under the lock it cannot.
MEET_SECONDS = 2.0


@pytest.fixture
def counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between counting and writing, each worker waits until both have counted, if that can be."""
    both = threading.Barrier(2)
    over = gate_limits.over

    def counted(
        gate: Gate, limit: Allowed, definition: Definition, now: datetime, *, version: int
    ) -> str:
        found = over(gate, limit, definition, now, version=version)
        try:
            both.wait(MEET_SECONDS)
        except threading.BrokenBarrierError:
            return found
        return found

    monkeypatch.setattr(gate_limits, "over", counted)


@pytest.mark.usefixtures("counted_together")
def test_two_workers_whose_runs_pass_the_limit_only_together_are_held(shelf: Shelf) -> None:
    """Fails without `select_for_update` in gate.py: both count three of five and go on."""
    made = limited(runs=5)
    # Making the row would be a lock of its own.
    Gate.objects.create(rule=made)
    receive(*people(0, 6))
    together(2, lambda _: schedule_due(limit=3, actor=TESTER))
    assert states() == {"held": 6}
