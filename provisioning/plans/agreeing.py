"""Others decide about a plan: approved by enough, it is released; bound to what was asked for."""

from typing import Unpack

from django.db import transaction

from audit import trail
from provisioning.approvals import requests
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import Said
from provisioning.plans import ending, releasing
from provisioning.plans import options as choosing
from provisioning.plans.checksums import checksum_now
from provisioning.plans.models import Plan
from provisioning.plans.steering import tell

State = Plan.State


def decide(
    approval: Approval,
    *,
    actor: trail.Actor,
    **said: Unpack[Said],
) -> requests.Decided:
    """One person's decision about a plan. Approved by enough, the plan is released.

    Raises CannotDecide; where the plan is no longer what was asked for, the request is void.
    """
    if _void_if_changed(approval, actor=actor):
        raise requests.CannotDecide(
            "The plan has changed since it was asked for, so the request is void. Nothing was done."
        )
    return requests.Decided(_decide(approval, actor=actor, **said))


@transaction.atomic
def _decide(approval: Approval, *, actor: trail.Actor, **said: Unpack[Said]) -> Approval:
    plan = Plan.objects.select_for_update().get(code=approval.object_code)
    approval = requests.decide(approval, actor=actor, **said)
    if approval.state == Approval.State.APPROVED:
        releasing.release(plan, actor)
    elif approval.state == Approval.State.REJECTED:
        ending.end(plan, State.REJECTED, approval.ended_because)
        tell("plan.rejected", plan, actor, because=approval.ended_because)
    return approval


@transaction.atomic
def _void_if_changed(approval: Approval, *, actor: trail.Actor) -> bool:
    plan = Plan.objects.select_for_update().get(code=approval.object_code)
    if approval.state != Approval.State.OPEN:
        return False
    found = releasing.needs(plan, choosing.read(plan.options))
    same = checksum_now(plan) == plan.checksum and (
        requests.digest_of(releasing.content_of(plan, found)) == approval.digest
    )
    if same and plan.state == State.WAITING:
        return False
    because = "The plan has changed since it was asked for."
    requests.void("plan", plan.code, because=because, actor=actor)
    Plan.objects.filter(pk=plan.pk, state=State.WAITING).update(
        state=State.DRAFT, state_because=because
    )
    return True


@transaction.atomic
def expired(approval: Approval, *, actor: trail.Actor) -> None:
    """Nobody decided in time: the plan is over."""
    plan = Plan.objects.select_for_update().get(code=approval.object_code)
    if plan.state == State.WAITING:
        ending.end(plan, State.EXPIRED, approval.ended_because)
        tell("plan.expired", plan, actor, because=approval.ended_because)
