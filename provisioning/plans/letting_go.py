"""Deciding about a burst: it is let go as a whole, given up, or nobody decides in time."""

from typing import Unpack

from django.db import transaction

from audit import trail
from provisioning.approvals import requests
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import CannotDecide, Decided, Said
from provisioning.clocks import database_now
from provisioning.plans import asking
from provisioning.plans.asking import CannotChange
from provisioning.plans.models import Plan, PlanItem
from provisioning.runs import gate_opening
from provisioning.runs.models import Run

State = Plan.State


@transaction.atomic
def decide(
    approval: Approval,
    *,
    actor: trail.Actor,
    **said: Unpack[Said],
) -> Decided:
    """One person's decision on a burst. Raises CannotDecide."""
    plan = _waiting(approval)
    if approval.content.get("checksum") != plan.checksum:
        raise CannotDecide("More has joined this plan meanwhile. Look again.")
    approval = requests.decide(approval, actor=actor, **said)
    if approval.state == Approval.State.APPROVED:
        _let_go(plan, approval, actor=actor)
    elif approval.state == Approval.State.REJECTED:
        because = f"{actor.name} rejected it: {said['reason'].strip()}"
        _give_up(plan, Run.State.REJECTED, State.REJECTED, because, actor=actor)
    return Decided(approval)


def expired(approval: Approval, *, actor: trail.Actor) -> None:
    """Nobody decided in time: the runs end, and nothing was called."""
    try:
        plan = _waiting(approval)
    except CannotDecide:
        return
    said = "Nobody decided in time; nothing was done."
    _give_up(plan, Run.State.EXPIRED, State.EXPIRED, said, actor=actor)


def _waiting(approval: Approval) -> Plan:
    plan = Plan.objects.filter(code=approval.object_code, kind=Plan.Kind.BURST).first()
    if plan is None:
        raise CannotDecide("This is not about a burst.")
    try:
        return asking.locked(plan)
    except CannotChange as problem:
        raise CannotDecide(str(problem)) from None


def _let_go(plan: Plan, approval: Approval, *, actor: trail.Actor) -> None:
    """The whole plan goes on: its runs become claimable, or wait for approvals of their own."""
    items = plan.items.waiting()
    ids = list(items.values_list("run", flat=True))
    burst = str(plan.source["burst"])
    try:
        gate_opening.let_go(burst, ids)
    except gate_opening.MovedOn as problem:
        raise CannotDecide(str(problem)) from None
    _end(plan, State.DONE, PlanItem.State.DONE, "", actor=actor)
    trail.record(
        "plan.released",
        actor=actor,
        obj=trail.Object("plan", plan.code, plan.title),
        data={"items": len(ids), "approval": approval.code, "checksum": plan.checksum},
    )


def _give_up(
    plan: Plan, run_state: Run.State, state: Plan.State, said: str, *, actor: trail.Actor
) -> None:
    ids = list(plan.items.waiting().values_list("run", flat=True))
    gate_opening.give_up(str(plan.source["burst"]), ids, state=run_state, said=said)
    _end(plan, state, PlanItem.State.CANCELLED, said, actor=actor)
    trail.record(
        "plan.rejected" if state == State.REJECTED else "plan.expired",
        actor=actor,
        obj=trail.Object("plan", plan.code, plan.title),
        data={"items": len(ids), "because": said},
    )


def emptied(plan: Plan, *, actor: trail.Actor) -> None:
    """Each of its runs was given up by itself: there is nothing left to decide."""
    said = "Each of its runs was given up by itself."
    requests.void("plan", plan.code, because=said, actor=actor)
    _end(plan, State.CANCELLED, PlanItem.State.CANCELLED, said, actor=actor)
    trail.record(
        "plan.cancelled",
        actor=actor,
        obj=trail.Object("plan", plan.code, plan.title),
        data={"because": said},
    )


def _end(
    plan: Plan, state: Plan.State, item_state: PlanItem.State, said: str, *, actor: trail.Actor
) -> None:
    now = database_now()
    plan.items.waiting().update(state=item_state, settled_at=now, why=said)
    changed = Plan.objects.filter(pk=plan.pk, state=State.WAITING).update(
        state=state, state_because=said or plan.state_because, finished_at=now, due_at=None,
        released_at=now if state == State.DONE else None,
        outcomes={item_state.value: plan.item_count},
    )  # fmt: skip
    if changed != 1:
        raise CannotDecide("This plan does not wait any more.")
    shut = gate_opening.locked(str(plan.source["burst"]))
    if shut is not None:
        gate_opening.open_if_empty(shut, actor=actor)
