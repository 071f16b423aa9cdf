"""Workers killed while Okta is away: nothing is lost, done twice or left waiting for ever."""

import pytest

from provisioning.events.models import Event
from provisioning.runs.models import Run
from provisioning.runs.troubles import Incident
from tests.faults.stack import FOLDER, Stack, balance_watched
from tests.support import engine
from tests.support.world import eventually

pytestmark = pytest.mark.processes

PEOPLE = 12
#: Okta does not know these people, and says so as soon as it answers.
UNKNOWN = {"field": "user.status", "op": "missing"}


@pytest.mark.parametrize("which", [1, 2])
def test_a_worker_killed_while_okta_is_away_leaves_nothing_stuck(stack: Stack, which: int) -> None:
    """Killed with the first answers in its hands, or with those that would open the incident."""
    engine.rule("reads", FOLDER, when=UNKNOWN)
    fault = stack.sandbox.faults.add(
        {"service": "okta", "operation": "get_user", "status": 503, "times": 0}
    )
    stack.processes.clock()
    with balance_watched():
        for number in range(PEOPLE):
            stack.sent.append(engine.suspended(f"00u{number}", minute=number))
        engine.receive(*stack.sent)
        first = stack.work(f"schedule.after_read:kill:{which}")
        first.wait_for("terminated unexpectedly")  # the work horse died there
        first.end()
        stack.work()
        eventually(lambda: Event.objects.parked().count() == PEOPLE, "all parked", 40)
        stack.sandbox.faults.clear(fault.id)
        Incident.objects.update(probe_due_at=Incident.objects.get().opened_at)
        stack.drained(60)
    eventually(lambda: Incident.objects.get().state == "closed", "the recovery")
    assert Run.objects.filter(state="succeeded").count() == PEOPLE
    calls = stack.sandbox.aws.journal.entries("s3", "PutObject")
    keys = [call["parameters"]["Key"] for call in calls if call["status"] == 200]
    assert sorted(keys) == sorted(f"00u{number}/" for number in range(PEOPLE))
