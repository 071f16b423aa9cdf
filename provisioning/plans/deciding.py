"""Decisions of kind `plan`, each handed to whoever owns what is decided."""

from typing import Unpack

from audit import trail
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import Decided, Said
from provisioning.plans import agreeing, letting_go
from provisioning.plans.models import Plan
from provisioning.runs import brake_releases, gate_opening

KIND = "plan"


def decide(
    approval: Approval,
    *,
    actor: trail.Actor,
    **said: Unpack[Said],
) -> Decided:
    """One person's decision on a burst, an undo, or the release of a brake. Raises CannotDecide."""
    if approval.object_kind == "brake":
        owner = brake_releases.decide
    elif kind_of(approval) == Plan.Kind.BURST:
        owner = letting_go.decide
    else:
        owner = agreeing.decide
    return owner(approval, actor=actor, **said)


def hold(approval: Approval) -> None:
    """Lock the plan that it is about, behind its gate: before the request, as whoever decides does,
    so that the two cannot wait for each other."""
    if approval.object_kind != "plan":
        return
    plan = Plan.objects.get(code=approval.object_code)
    if plan.kind == Plan.Kind.BURST:
        gate_opening.locked(str(plan.source["burst"]))
    Plan.objects.select_for_update().get(pk=plan.pk)


def expired(approval: Approval, *, actor: trail.Actor) -> None:
    """Nobody decided in time. A brake that nobody agrees to release stays on."""
    if approval.object_kind != "plan":
        return
    owner = letting_go.expired if kind_of(approval) == Plan.Kind.BURST else agreeing.expired
    owner(approval, actor=actor)


def kind_of(approval: Approval) -> str:
    """The kind of plan it is about; empty for none."""
    found = Plan.objects.filter(code=approval.object_code).values_list("kind", flat=True)
    return found.first() or ""
