"""Approvals as their pages tell them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from portal import diffing
from portal.approvals.kinds import KINDS, kind_of
from portal.masking import masked, masked_text
from provisioning.approvals import requests
from provisioning.approvals.models import Approval, Decision

#: With less time left than this, it is marked.
SOON = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Row:
    """One approval of the list."""

    approval: Approval
    kind: str
    title: str
    line: str
    agreed: int
    expires: str


def rows(approvals: Sequence[Approval], now: datetime) -> list[Row]:
    """One query: how many have agreed to each."""
    agreed = Decision.objects.filter(
        approval__in=[one.pk for one in approvals], verdict=Decision.Verdict.APPROVE
    )
    counts = dict(agreed.values_list("approval").annotate(n=Count("pk")).order_by())
    return [
        Row(
            one, kind_of(one).name, masked_text(one.title), kind_of(one).line(one),
            counts.get(one.pk, 0), urgency(one, now),
        )
        for one in approvals
    ]  # fmt: skip


def urgency(approval: Approval, now: datetime) -> str:
    """`overdue`, `soon` or nothing."""
    if approval.state != Approval.State.OPEN or approval.expires_at > now + SOON:
        return ""
    return "soon" if approval.expires_at > now else "overdue"


def open_by_kind() -> list[tuple[str, str, int]]:
    """Kind, what its things are called, how many wait. One query."""
    counted = Approval.objects.open().values_list("kind").annotate(n=Count("pk")).order_by("kind")
    found = dict(counted)
    known = {kind: KINDS[kind].plural for kind in KINDS}
    names = known | {kind: kind.capitalize() for kind in found if kind not in known}
    return [(kind, name, found.get(kind, 0)) for kind, name in names.items()]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The request before and after this one for the same thing, where one replaced the other."""

    before: Approval | None
    after: Approval | None
    changes: Sequence[diffing.Change]


def neighbours(approval: Approval) -> Neighbours:
    """One query. `changes` are from the one before to this one."""
    same = Approval.objects.about(approval.object_kind, approval.object_code)
    all_of_it = list(same.order_by("pk")[:200])
    before = [one for one in all_of_it if one.pk < approval.pk]
    after = [one for one in all_of_it if one.pk > approval.pk]
    old = before[-1] if before else None
    changes = diffing.changes(masked(old.content), masked(approval.content)) if old else []
    return Neighbours(old, after[-1] if after else None, changes)


def parties(approval: Approval) -> frozenset[str]:
    """Who asked, wrote it or has decided already. One query."""
    named = {approval.requester_identity, approval.author_identity}
    named |= set(approval.content.get("authors") or ())
    named |= set(approval.decisions.values_list("decider_identity", flat=True))
    return frozenset(named - {""})


def why_not(approval: Approval, *, identity: str, roles: Collection[str]) -> str:
    """Why this person cannot decide, as the page says it."""
    said = requests.why_not(approval, identity=identity, roles=roles)
    own: Mapping[str, str] = {
        "You asked for this; somebody else must decide.":
            "You asked for this; another approver must decide.",
        "You wrote this; somebody else must decide.":
            "You wrote this rule; another approver must decide."
            if approval.kind == "run" else "You wrote this; another approver must decide.",
        "You wrote a part of this; somebody else must decide.":
            "You wrote a part of this; another approver must decide.",
    }  # fmt: skip
    return own.get(said, said)
