"""A worker is killed while it classifies a large plan anew: another goes on behind what is kept,
and nobody confirms the plan before it is whole (R01, R02)."""

import pytest

from audit.models import Entry
from provisioning.clocks import database_now
from provisioning.plans import classifying, releasing, selecting, steering
from provisioning.plans.models import Plan
from provisioning.plans.options import Options
from provisioning.runs.models import Run, Step
from provisioning.runs.scheduling import schedule_due
from provisioning.runs.work import settle_events
from tests.faults.stack import FOLDER, Stack
from tests.support import engine
from tests.support.plans import MAYA, copied
from tests.support.tallies import assert_tallied
from tests.support.world import eventually

pytestmark = pytest.mark.processes

#: Two slices.
ITEMS = classifying.SLICE + 10
FROM_START = Options(rate=50, stop_after=0, start="start")


@pytest.fixture
def plan(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """A large plan to replay runs that were refused; somebody just chose another start."""
    stack.processes.clock()
    engine.rule("folder", FOLDER, limits="none")
    engine.receive(engine.suspended("00u0000"))
    schedule_due(limit=1, actor=engine.TESTER)
    now = database_now()
    failed = {"error_code": "AccessDenied", "error": "Not allowed.", "finished_at": now}
    Step.objects.update(state=Step.State.FAILED, attempts=1, started_at=now, **failed)
    Run.objects.update(state=Run.State.FAILED, attempts=1, started_at=now, **failed)
    settle_events(Run.objects.values_list("event_id", flat=True))
    copied(ITEMS - 1)
    plan = selecting.make(
        selecting.Wanted(
            kind=Plan.Kind.BULK_REPLAY,
            title="Replay what was refused",
            items=selecting.runs_of(Run.objects.failures()),
        ),
        actor=MAYA,
    )
    monkeypatch.setattr(selecting, "MOST_AT_ONCE", ITEMS - 1)
    return chosen(plan)


def chosen(plan: Plan) -> Plan:
    return releasing.confirm(
        plan, checksum=plan.checksum, options=FROM_START, reason="", actor=MAYA
    )


def dies_at(stack: Stack, failpoint: str) -> None:
    """A worker whose work horse is killed there."""
    worker = stack.work(failpoint)
    worker.wait_for("terminated unexpectedly", 60)
    worker.end()


def test_work_horses_killed_while_they_classify_cost_nothing(stack: Stack, plan: Plan) -> None:
    assert (plan.state, plan.item_count) == (Plan.State.CLASSIFYING, ITEMS)
    dies_at(stack, "plan.after_slice_commit:kill:1")
    for failpoint in ("plan.after_claim:kill:1", "plan.before_slice_commit:kill:1"):
        dies_at(stack, failpoint)
        plan.refresh_from_db()
        assert (plan.state, plan.classified_to) == ("classifying", classifying.SLICE)
        assert_tallied()
    with pytest.raises(steering.CannotRelease, match="being classified"):
        chosen(plan)
    stack.work()

    def classified() -> bool:
        plan.refresh_from_db()
        return plan.state == Plan.State.DRAFT

    eventually(classified, "all are classified", 60)
    assert plan.effects is not None
    assert sum(plan.effects["would_act:"].values()) == ITEMS
    assert Entry.objects.filter(verb="plan.classified", object_id=plan.code).count() == 1
    assert Run.objects.filter(mode="replay").count() == 0
    steering.cancel(plan, actor=MAYA)
    assert_tallied()
