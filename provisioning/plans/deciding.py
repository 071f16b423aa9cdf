"""Decisions of kind `plan`, each handed to whoever owns what is decided."""

from collections.abc import Collection

from audit import trail
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import Decided
from provisioning.plans import agreeing, letting_go
from provisioning.plans.models import Plan
from provisioning.runs import brake_releases

KIND = "plan"


def decide(
    approval: Approval,
    *,
    verdict: str,
    reason: str,
    digest: str,
    roles: Collection[str],
    actor: trail.Actor,
) -> Decided:
    """One person's decision on a burst, an undo, or the release of a brake. Raises CannotDecide."""
    if approval.object_kind == "brake":
        owner = brake_releases.decide
    elif kind_of(approval) == Plan.Kind.BURST:
        owner = letting_go.decide
    else:
        owner = agreeing.decide
    return owner(approval, verdict=verdict, reason=reason, digest=digest, roles=roles, actor=actor)


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
