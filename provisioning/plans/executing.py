"""Working on plans: a drain takes a slice of a plan that is due, and gives the plan back.

Each item is examined once more right before it runs. What is no longer what was shown is not run.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from audit import trail
from provisioning import failpoints
from provisioning.clocks import database_now
from provisioning.plans import claiming, classifying, computing, filling, options, tidying
from provisioning.plans.effects import Sight
from provisioning.plans.ending import cancel_changed, finish, pause_after_failures
from provisioning.plans.kinds import KINDS
from provisioning.plans.models import Plan, PlanItem
from provisioning.plans.options import Options
from provisioning.runs import leases
from provisioning.runs.models import Run
from provisioning.runs.replays import CannotReplay

Over = Callable[[], bool]
State = PlanItem.State
#: A run made this long ago no longer counts as one whose outcome is awaited before the next.
AWAITED = timedelta(seconds=60)
#: Items examined together, right before they are begun.
AT_ONCE = 10
#: A slice begins nothing more after this long, so that a worker does other things between.
SLICE_SECONDS = 1.0
#: How often a plan is looked after that only waits for its runs.
IDLE_SECONDS = 2.0

# What the runs made for this plan have come to.
_SETTLE = """
UPDATE provisioning_planitem AS item SET
    state = CASE WHEN run.state = 'succeeded' THEN 'done' WHEN run.state = 'held' THEN 'held'
        WHEN run.state IN ('failed', 'unknown') THEN 'failed' ELSE 'cancelled' END,
    why = CASE WHEN run.state IN ('failed', 'unknown') THEN run.error ELSE item.why END,
    settled_at = coalesce(run.finished_at, clock_timestamp())
FROM provisioning_run AS run
WHERE item.plan_id = %s AND item.state IN ('running', 'held') AND run.id = item.result_run_id
  AND run.state NOT IN ('pending', 'running', 'retrying')
  AND NOT (item.state = 'held' AND run.state = 'held')
"""


def work_due(*, worker: str, actor: trail.Actor, over: Over) -> int:
    """Take a slice of one plan that is due; how many plans there were, 0 or 1."""
    plan = claiming.claim(worker)
    if plan is None:
        return 0
    with leases.hold(Plan, {plan.pk: plan.fence}):
        failpoints.reach("plan.after_claim")
        if plan.state == Plan.State.SELECTING:
            filling.fill_slice(plan, actor=actor)
        elif plan.state == Plan.State.CLASSIFYING:
            classifying.classify_slice(plan, actor=actor)
        elif plan.state == Plan.State.DRAFT:
            computing.compute_slice(plan, actor=actor)
        elif plan.state in Plan.OVER_STATES:
            tidying.cancel_slice(plan)
        else:
            _execute_slice(plan, actor=actor, over=over)
    return 1


def any_claimable() -> bool:
    return claiming.any_claimable()


def _execute_slice(plan: Plan, *, actor: trail.Actor, over: Over) -> None:
    if plan.state == Plan.State.READY and not _begin(plan, actor):
        return
    chosen = options.read(plan.options)
    now = database_now()
    settle(plan)
    if pause_after_failures(plan, chosen.stop_after, actor=actor):
        return
    waiting = plan.items.waiting().select_related("run").order_by("position")
    items = list(waiting[: _room(plan, chosen, now)])
    wait = IDLE_SECONDS
    if items:
        wait = _run(plan, items, now, actor=actor, over=over) / chosen.rate
    elif finish(plan, actor=actor):
        return
    claiming.give_back(plan, claiming.in_seconds(now, wait))


def _begin(plan: Plan, actor: trail.Actor) -> bool:
    """From ready to running, once nothing is left that was not chosen, and unless what would run
    is not what was agreed to."""
    if tidying.set_aside_slice(plan) or cancel_changed(plan, actor=actor):
        return False
    now = database_now()
    mine = Plan.objects.filter(pk=plan.pk, fence=plan.fence, state=Plan.State.READY)
    if not mine.update(state=Plan.State.RUNNING, started_at=now, streak_since=now):
        return False
    plan.refresh_from_db()
    return True


def settle(plan: Plan) -> None:
    """Take over what the runs of the plan have come to."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [plan.pk])


def _room(plan: Plan, chosen: Options, now: datetime) -> int:
    """How many items may be begun now: what a second allows, and never more unanswered runs than
    failures in a row would stop the plan."""
    allowed = max(1, int(chosen.rate))
    if not chosen.stop_after:
        return allowed
    awaited = Run.objects.filter(
        made_by_plan_items__plan=plan,
        made_by_plan_items__state=State.RUNNING,
        state__in=(Run.State.PENDING, Run.State.RUNNING),
        created_at__gt=now - AWAITED,
    ).count()
    return max(0, min(allowed, chosen.stop_after - awaited))


def _run(
    plan: Plan, items: Sequence[PlanItem], now: datetime, *, actor: trail.Actor, over: Over
) -> int:
    """Run these, a few at once, until the slice has lasted long enough; how many it came to."""
    until, done = time.monotonic() + SLICE_SECONDS, 0
    while done < len(items) and not (done and time.monotonic() >= until):
        some = items[done : done + AT_ONCE]
        found = KINDS[plan.kind].examine(
            plan, some, now, most_looks=len(some) * 10, look_to=plan.item_count
        )
        for item in some:
            gone_on = not over() and item.pk in found
            if not gone_on or not _run_one(plan, item, found[item.pk], actor=actor):
                return done
            done += 1
    return done


def _run_one(plan: Plan, item: PlanItem, sight: Sight, *, actor: trail.Actor) -> bool:
    """Run the item or say why not. False if the plan is no longer this worker's to run."""
    with transaction.atomic():
        if not claiming.still_mine(plan, Plan.State.RUNNING):
            return False
        if reason := _changed(plan, item, sight):
            _skip(item, sight, reason)
            return True
        try:
            made = KINDS[plan.kind].perform(plan, item, actor=actor)
        except CannotReplay as problem:
            _skip(item, sight, str(problem))
            return True
        values = {"klass": sight.klass, "sub_group": sight.sub_group, "effect": sight.effect}
        _write(item, state=State.RUNNING if made else State.DONE, result_run=made, **values)
        failpoints.reach("plan.before_item_commit")
    failpoints.reach("plan.after_item_commit")
    return True


def _changed(plan: Plan, item: PlanItem, sight: Sight) -> str:
    """Why the item is not what was shown and chosen any more; empty if it is."""
    chosen = options.read(plan.options)
    if not chosen.chosen(sight.klass, sight.sub_group):
        return sight.why or "It is of another class now."
    if item.examined_at is None:
        return ""
    if (item.klass, item.sub_group) != (sight.klass, sight.sub_group):
        return sight.why or "It is of another class than was shown."
    if item.effect != sight.effect:
        return "What it would call has changed since the plan was computed."
    return ""


def _skip(item: PlanItem, sight: Sight, reason: str) -> None:
    _write(
        item,
        state=State.SKIPPED,
        klass=sight.klass,
        sub_group=sight.sub_group,
        why=reason,
        settled_at=database_now(),
    )


def _write(item: PlanItem, **values: object) -> None:
    PlanItem.objects.waiting().filter(pk=item.pk).update(**values)
