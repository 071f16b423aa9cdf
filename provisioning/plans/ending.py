"""How a plan stops: all done, too many failures in a row, cancelled, or not what was agreed to."""

from datetime import datetime

from django.db import transaction

from audit import trail
from provisioning import wakeups
from provisioning.approvals.models import Approval
from provisioning.clocks import database_now
from provisioning.plans import claiming, counting, selecting
from provisioning.plans.checksums import checksum_now
from provisioning.plans.large_models import PlanSelection
from provisioning.plans.models import Plan, PlanItem

State = PlanItem.State


@transaction.atomic
def finish(plan: Plan, *, actor: trail.Actor) -> bool:
    """End a plan none of whose items is waiting or running. False if it has to go on."""
    if not claiming.still_mine(plan, Plan.State.RUNNING):
        return True
    if plan.items.filter(state__in=(State.WAITING, State.RUNNING)).exists():
        return False
    end(plan, Plan.State.DONE, "")
    _tell("plan.finished", plan, actor)
    return True


def end(plan: Plan, state: str, because: str) -> None:
    """The plan is over, in the caller's transaction, which holds it locked. What had not begun is
    cancelled: of a large plan by workers, afterwards."""
    now = database_now()
    PlanSelection.objects.filter(plan=plan).delete()
    if not selecting.is_large(plan):
        plan.items.waiting().update(state=State.CANCELLED, settled_at=now)
    outcomes = counting.outcomes(plan)
    left = State.WAITING in outcomes
    Plan.objects.filter(pk=plan.pk).update(
        state=state,
        state_because=because,
        finished_at=now,
        due_at=now if left else None,
        lease_until=None,
        classified_to=None,
        outcomes=counting.at_end(outcomes),
    )
    if left:
        wakeups.tell_on_commit()
    plan.refresh_from_db()


@transaction.atomic
def pause_after_failures(plan: Plan, stop_after: int, *, actor: trail.Actor) -> bool:
    """Pause where the last `stop_after` items that came to an end all failed."""
    if not stop_after or not claiming.still_mine(plan, Plan.State.RUNNING):
        return False
    last = _last_settled(plan, stop_after, plan.streak_since)
    if len(last) < stop_after or any(item.state != State.FAILED for item in last):
        return False
    because = f"{stop_after} failed in a row. The last one: {last[0].why}"
    Plan.objects.filter(pk=plan.pk).update(
        state=Plan.State.PAUSED, state_because=because, due_at=None, lease_until=None
    )
    plan.refresh_from_db()
    _tell("plan.paused", plan, actor, because=because)
    return True


def _last_settled(plan: Plan, count: int, since: datetime | None) -> list[PlanItem]:
    settled = plan.items.filter(state__in=(State.DONE, State.FAILED), settled_at__gte=since)
    return list(settled.order_by("-settled_at", "-position")[:count])


@transaction.atomic
def cancel_changed(plan: Plan, *, actor: trail.Actor) -> bool:
    """End a released plan whose items, options or effects are not those agreed to."""
    if not claiming.still_mine(plan, Plan.State.READY):
        return True
    agreed = (
        Approval.objects.about("plan", plan.code).filter(state=Approval.State.APPROVED)
    ).last()
    same = checksum_now(plan) == plan.checksum and (
        agreed is None
        or (
            agreed.content["checksum"] == plan.checksum
            and agreed.content["effects_digest"] == counting.effects_digest(plan)
        )
    )
    if same:
        return False
    because = "What would have run was not what was agreed to, so nothing was run."
    end(plan, Plan.State.CANCELLED, because)
    _tell("plan.cancelled", plan, actor, outcome="refused", because=because)
    return True


def _tell(
    verb: str, plan: Plan, actor: trail.Actor, outcome: str = "ok", because: str = ""
) -> None:
    counts = counting.outcomes(plan)
    data = {"checksum": plan.checksum, "items": plan.item_count, "outcomes": counts}
    if because:
        data["because"] = because
    trail.record(
        verb,
        actor=actor,
        obj=trail.Object("plan", plan.code, plan.title),
        outcome=outcome,
        data=data,
    )
