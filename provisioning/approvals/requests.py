"""Asking for a decision, recording decisions, and ending what nobody decided.

Nothing here knows what is decided: the package whose thing it is calls `decide` inside its own use
case and acts on the answer in the same transaction.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

import rfc8785
from django.db import transaction

from audit import trail
from audit.canonical import clean
from provisioning.approvals.models import Approval, Decision
from provisioning.clocks import database_now

State, Verdict = Approval.State, Decision.Verdict
EXPIRES_IN = timedelta(days=4)
_VERBS: Mapping[str, str] = {
    Verdict.APPROVE: "approval.approved",
    Verdict.REJECT: "approval.rejected",
    Verdict.CHANGES: "approval.changes_asked",
}
_ENDS: Mapping[str, Approval.State] = {
    Verdict.REJECT: State.REJECTED,
    Verdict.CHANGES: State.CHANGES,
}
_NEEDS_A_REASON: Mapping[str, str] = {
    Verdict.REJECT: "Rejecting needs a reason: say in a sentence why.",
    Verdict.CHANGES: "Say what has to change, so that its author can do it.",
}


class CannotDecide(Exception):  # noqa: N818
    """This person cannot decide this now; the message says why, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What somebody else has to agree to.

    kind             the key of the deciding use case: `rule`, `run`, `plan`, `role`, …
    content          exactly what would happen, as plain JSON; its hash is what is approved. If
                     several people wrote it, `authors` in it has the identities of all of them
    author_identity  who wrote what would happen, if it is not the one who asks
    roles            who may decide; anybody who holds one of them
    requester        for whom it is asked, with their identity, where that is not the actor
    """

    kind: str
    object_kind: str
    object_code: str
    title: str
    content: Mapping[str, Any]
    risk: str
    author_identity: str = ""
    reason: str = ""
    needed: int = 1
    roles: Sequence[str] = ("approver",)
    expires_in: timedelta = EXPIRES_IN
    requester: str = ""
    requester_identity: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a deciding use case answers: the approval as it now is or, if what would happen has
    `changed` and nothing was decided, the one in its place."""

    approval: Approval
    changed: bool = False


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256, in hex, over the RFC 8785 bytes of the cleaned content."""
    return hashlib.sha256(rfc8785.dumps(clean(dict(content)))).hexdigest()


@transaction.atomic
def ask(what: Ask, *, actor: trail.Actor) -> Approval:
    """Ask for a decision. An open request for the same thing is void if its content differs,
    and is kept as it is if it does not."""
    content, digest = clean(dict(what.content)), digest_of(what.content)
    open_one = Approval.objects.open().about(what.object_kind, what.object_code).first()
    if open_one is not None and open_one.digest == digest:
        return open_one
    void(what.object_kind, what.object_code, because="It was asked for anew.", actor=actor)
    now = database_now()
    approval = Approval.objects.create(
        kind=what.kind,
        object_kind=what.object_kind,
        object_code=what.object_code,
        title=what.title,
        risk=what.risk,
        digest=digest,
        content=content,
        reason=what.reason,
        requester=what.requester or actor.name,
        requester_identity=what.requester_identity or actor.identity,
        author_identity=what.author_identity,
        needed=what.needed,
        roles=list(what.roles),
        created_at=now,
        expires_at=now + what.expires_in,
    )
    _tell("approval.requested", approval, actor, {"digest": digest, "needed": what.needed})
    return approval


def why_not(approval: Approval, *, identity: str, roles: Collection[str]) -> str:
    """Why this person cannot decide this; empty if they can."""
    if approval.state != State.OPEN:
        return f"This was {approval.get_state_display().lower()} already."
    if identity == approval.requester_identity:
        return "You asked for this; somebody else must decide."
    if approval.author_identity and identity == approval.author_identity:
        return "You wrote this; somebody else must decide."
    if identity in (approval.content.get("authors") or ()):
        return "You wrote a part of this; somebody else must decide."
    if "auditor" in roles:
        return "Auditors read everything and decide nothing."
    if not set(roles) & set(approval.roles):
        return f"Deciding this needs the role {' or '.join(approval.roles)}."
    if approval.decisions.filter(decider_identity=identity).exists():
        return "You have decided already; another person must."
    return ""


class Said(TypedDict):
    """What one person says: `digest` is that of what they saw, `roles` are those they hold."""

    verdict: str
    digest: str
    reason: str
    roles: Collection[str]


@transaction.atomic
def decide(
    approval: Approval,
    *,
    actor: trail.Actor,
    **said: Unpack[Said],
) -> Approval:
    """Record one person's decision; the approval comes back in its new state.

    Called by the use case whose thing is decided, within its transaction. Raises CannotDecide.
    """
    if said["verdict"] == Verdict.CHANGES:
        raise CannotDecide("Nothing of this can be changed. Approve or reject it.")
    return decide_or_send_back(approval, actor=actor, **said)


@transaction.atomic
def decide_or_send_back(
    approval: Approval,
    *,
    actor: trail.Actor,
    **said: Unpack[Said],
) -> Approval:
    """The same for what an author can change: one more verdict sends it back to them."""
    verdict, digest, reason = said["verdict"], said["digest"], said["reason"].strip()
    approval = Approval.objects.select_for_update().get(pk=approval.pk)
    if problem := why_not(approval, identity=actor.identity, roles=said["roles"]):
        raise CannotDecide(problem)
    if digest != approval.digest:
        raise CannotDecide("What would happen has changed since this page was made. Look again.")
    now = database_now()
    if approval.expires_at <= now:
        raise CannotDecide("This has expired. Ask for it again.")
    if verdict in _NEEDS_A_REASON and not reason:
        raise CannotDecide(_NEEDS_A_REASON[verdict])
    Decision.objects.create(
        approval=approval,
        decider=actor.name,
        decider_identity=actor.identity,
        verdict=Verdict(verdict),
        reason=reason,
        digest=digest,
        created_at=now,
    )
    _tell(_VERBS[verdict], approval, actor, {"digest": digest, "reason": reason})
    if verdict in _ENDS:
        _end(approval, _ENDS[verdict], reason, now)
    elif approval.decisions.filter(verdict=Verdict.APPROVE).count() >= approval.needed:
        _end(approval, State.APPROVED, "", now)
    approval.refresh_from_db()
    return approval


@transaction.atomic
def void(object_kind: str, object_code: str, *, because: str, actor: trail.Actor) -> int:
    """End what is open about this object, since what was asked for is gone; how many ended."""
    rows = Approval.objects.open().about(object_kind, object_code)
    ended = list(rows.select_for_update())
    for approval in ended:
        _end(approval, State.VOID, because, database_now())
        _tell("approval.voided", approval, actor, {"because": because})
    return len(ended)


@transaction.atomic
def expire(approval: Approval, now: datetime, *, actor: trail.Actor) -> Approval | None:
    """End it, if nobody decided in time nor is about to. Its owner then lets its thing go."""
    rows = Approval.objects.overdue(now).filter(pk=approval.pk)
    due = rows.select_for_update(skip_locked=True).first()
    if due is not None:
        _end(due, State.EXPIRED, "Nobody decided in time.", now)
        _tell("approval.expired", due, actor, {"expires_at": due.expires_at.isoformat()})
    return due


@transaction.atomic
def claim(approval: Approval, *, on: bool, actor: trail.Actor) -> bool:
    """Say that one is looking at it, so that nobody else starts too; or let go. False if another
    person has it, or it is no longer open. A claim binds nobody: others may still decide."""
    rows = Approval.objects.open().filter(pk=approval.pk)
    mine = rows.filter(claimed_identity__in=["", actor.identity])
    changed = mine.update(
        claimed_by=actor.name if on else "",
        claimed_identity=actor.identity if on else "",
        claimed_at=database_now() if on else None,
    )
    if changed:
        _tell("approval.claimed" if on else "approval.unclaimed", approval, actor, {})
    return bool(changed)


def _end(approval: Approval, state: str, because: str, now: datetime) -> None:
    rows = Approval.objects.open().filter(pk=approval.pk)
    if rows.update(state=state, ended_because=because, ended_at=now) != 1:
        raise CannotDecide("This was decided meanwhile.")
    approval.state, approval.ended_because, approval.ended_at = State(state), because, now


def _tell(verb: str, approval: Approval, actor: trail.Actor, data: Mapping[str, Any]) -> None:
    about = {"kind": approval.kind, "object": f"{approval.object_kind} {approval.object_code}"}
    trail.record(
        verb,
        actor=actor,
        obj=trail.Object("approval", approval.code, approval.title),
        data={**about, **data},
    )
