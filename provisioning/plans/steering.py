"""Steering a plan that is under way: pause, resume, cancel, or take back the request for it."""

from typing import Any

from django.db import transaction

from audit import trail
from provisioning import wakeups
from provisioning.approvals import requests
from provisioning.clocks import database_now
from provisioning.plans import counting, ending
from provisioning.plans.models import Plan

State = Plan.State


class CannotRelease(Exception):  # noqa: N818
    """The plan cannot be changed so now; the message says why, in a sentence."""


@transaction.atomic
def withdraw(plan: Plan, *, actor: trail.Actor) -> Plan:
    """Take back the request for an approval; the plan is a draft again. Raises CannotRelease."""
    plan = locked(plan, State.WAITING)
    requests.void("plan", plan.code, because="The request was taken back.", actor=actor)
    return moved(plan, State.DRAFT, due_at=None)


@transaction.atomic
def pause(plan: Plan, *, actor: trail.Actor) -> Plan:
    """Begin nothing more until it is resumed. Raises CannotRelease."""
    plan = locked(plan, State.READY, State.RUNNING)
    moved(plan, State.PAUSED, due_at=None, state_because="")
    tell("plan.paused", plan, actor, outcomes=counting.outcomes(plan))
    return plan


@transaction.atomic
def resume(plan: Plan, *, actor: trail.Actor) -> Plan:
    """Go on; failures in a row are counted anew. Raises CannotRelease."""
    plan = locked(plan, State.PAUSED)
    now = database_now()
    state = State.RUNNING if plan.started_at else State.READY
    moved(plan, state, due_at=now, streak_since=now, state_because="")
    tell("plan.resumed", plan, actor, outcomes=counting.outcomes(plan))
    wakeups.tell_on_commit()
    return plan


@transaction.atomic
def cancel(plan: Plan, *, actor: trail.Actor) -> Plan:
    """End it: what has not begun never will. Raises CannotRelease."""
    plan = locked(plan, *Plan.OPEN_STATES)
    requests.void("plan", plan.code, because="The plan was cancelled.", actor=actor)
    ending.end(plan, State.CANCELLED, "")
    tell("plan.cancelled", plan, actor, outcomes=plan.outcomes)
    return plan


def locked(plan: Plan, *states: str) -> Plan:
    found = Plan.objects.select_for_update().get(pk=plan.pk)
    if found.kind == Plan.Kind.BURST:
        raise CannotRelease("A burst is let go or rejected where it is asked for: see Approvals.")
    if found.state not in states:
        raise CannotRelease(f"The plan is {found.get_state_display().lower()} by now.")
    return found


def moved(plan: Plan, state: str, **values: object) -> Plan:
    """From one state to another by a counted UPDATE; whoever works on it loses its claim."""
    changed = Plan.objects.filter(pk=plan.pk, state=plan.state).update(
        state=state, fence=plan.fence + 1, lease_until=None, **values
    )
    if changed != 1:
        raise CannotRelease("The plan was changed meanwhile.")
    plan.refresh_from_db()
    return plan


def tell(verb: str, plan: Plan, actor: trail.Actor, **data: Any) -> None:
    trail.record(
        verb,
        actor=actor,
        obj=trail.Object("plan", plan.code, plan.title),
        data={"checksum": plan.checksum, "items": plan.item_count, **data},
    )
