"""A worker of a plan is killed while it classifies and while it runs the items: another goes on,
each item comes to one end, and nothing is done twice at the target (R01, R02)."""

from collections import Counter

import pytest
from django.conf import LazySettings

from audit.models import Entry
from provisioning.clocks import database_now
from provisioning.plans import computing, releasing, selecting
from provisioning.plans.models import Plan, PlanItem
from provisioning.plans.options import Options
from provisioning.runs.models import Run, Step
from provisioning.runs.scheduling import schedule_due
from provisioning.runs.work import settle_events
from tests.faults.stack import FOLDER, Stack
from tests.support import engine
from tests.support.plans import MAYA
from tests.support.world import eventually

pytestmark = pytest.mark.processes

#: More than one slice that is computed, and several that run.
ITEMS = computing.SLICE + 10
#: Some items are looked at beforehand, the others only right before they run.
QUICKLY = {"PLAN_LOOKS_PER_SECOND": "1000", "PLAN_MOST_LOOKS": "50"}


@pytest.fixture
def plan(stack: Stack, settings: LazySettings) -> Plan:
    """A plan to replay runs that were refused, not computed yet; its workers need not wait."""
    settings.PLAN_NEEDS_APPROVAL_ABOVE = ITEMS
    stack.processes.environ = {**stack.processes.environ, **QUICKLY}
    stack.processes.clock()
    engine.rule("folder", FOLDER, limits="none")
    stack.sent += [engine.suspended(f"00u{n:03}", minute=n) for n in range(ITEMS)]
    for start in range(0, ITEMS, 50):
        engine.receive(*stack.sent[start : start + 50])
    while schedule_due(limit=100, actor=engine.TESTER):
        pass
    _refused()
    wanted = selecting.Wanted(
        kind=Plan.Kind.BULK_REPLAY,
        title="Replay what was refused",
        items=selecting.runs_of(Run.objects.failures()),
        options=Options(rate=50, stop_after=0),
    )
    return selecting.make(wanted, actor=MAYA)


def _refused() -> None:
    """As if the target had refused all of them."""
    now = database_now()
    values = {"error_code": "AccessDenied", "error": "Not allowed.", "finished_at": now}
    Step.objects.update(state=Step.State.FAILED, attempts=1, started_at=now, **values)
    Run.objects.update(state=Run.State.FAILED, attempts=1, started_at=now, **values)
    settle_events(Run.objects.values_list("event_id", flat=True))


def computed(plan: Plan) -> bool:
    plan.refresh_from_db()
    return plan.computed_at is not None


def done(plan: Plan) -> bool:
    plan.refresh_from_db()
    return plan.state == Plan.State.DONE


def confirmed(plan: Plan) -> None:
    options = Options(rate=50, stop_after=0)
    seen = plan.checksum
    plan = releasing.confirm(plan, checksum=seen, options=options, reason="", actor=MAYA)
    assert plan.state == Plan.State.READY


def dies_at(stack: Stack, failpoint: str) -> None:
    """A worker whose work horse is killed there."""
    worker = stack.work(failpoint)
    worker.wait_for("terminated unexpectedly", 60)
    worker.end()


def check(stack: Stack, plan: Plan) -> None:
    items = list(PlanItem.objects.filter(plan=plan).select_related("result_run"))
    assert len(items) == ITEMS
    assert (plan.item_count, plan.outcomes) == (ITEMS, {"done": ITEMS}), "progress is complete"
    assert {item.state for item in items} == {"done"}
    assert {item.result_run.code for item in items if item.result_run} == {i.code for i in items}
    assert Run.objects.filter(mode="replay").count() == ITEMS, "one run for each item"
    assert Entry.objects.filter(verb="run.replayed").count() == ITEMS
    for verb in ("plan.computed", "plan.finished"):
        assert Entry.objects.filter(verb=verb, object_id=plan.code).count() == 1
    calls = stack.sandbox.aws.journal.entries("s3", "PutObject")
    puts = Counter(call["parameters"]["Key"] for call in calls if call["status"] == 200)
    assert puts == Counter(f"00u{n:03}/" for n in range(ITEMS)), "each folder made once"
    stack.drained()
    engine.assert_settled()


@pytest.mark.parametrize(
    ("classifying", "running"),
    [
        ("plan.after_claim:kill:1", "plan.before_item_commit:kill:6"),
        ("plan.before_slice_commit:kill:1", "plan.after_claim:kill:1"),
    ],
)
def test_work_horses_killed_in_the_middle_of_a_plan_cost_nothing(
    stack: Stack, plan: Plan, classifying: str, running: str
) -> None:
    dies_at(stack, "plan.after_slice_commit:kill:1")
    assert 0 < plan.items.unexamined().count() < ITEMS, "in the middle"
    dies_at(stack, classifying)
    assert not computed(plan)
    second = stack.work()
    eventually(lambda: computed(plan), "the plan is computed", 60)
    assert plan.counts == {"would_act": ITEMS}
    second.end()
    confirmed(plan)
    dies_at(stack, "plan.after_item_commit:kill:8")
    assert 0 < plan.items.waiting().count() < ITEMS, "in the middle"
    dies_at(stack, running)
    assert not done(plan)
    stack.work()
    eventually(lambda: done(plan), "the end of the plan", 150)
    check(stack, plan)


def test_a_whole_worker_killed_while_it_runs_items_is_followed_by_another(
    stack: Stack, plan: Plan
) -> None:
    """SIGKILL from outside, to the parent: its horse must not go on beside the next worker's."""
    first = stack.work()
    eventually(lambda: computed(plan), "the plan is computed", 60)
    confirmed(plan)
    begun = plan.items.exclude(state=PlanItem.State.WAITING)
    eventually(lambda: not done(plan) and begun.count() >= 30, "it is in the middle", 60)
    first.kill()
    stack.work()
    eventually(lambda: done(plan), "the end of the plan", 150)
    check(stack, plan)
