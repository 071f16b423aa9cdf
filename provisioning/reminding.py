"""Telling people what waits for their decision: once when it is asked, once at half of its time,
once when nobody decided, and once a day all of it."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, QuerySet

from provisioning.approvals.models import Approval
from provisioning.notices import telling

KIND = "approval"
#: Approvals told of in one go, and named in a digest.
MOST, MOST_NAMED = 100, 20
#: Nobody is told of the day's list before this hour, UTC.
DIGEST_HOUR = 7
PATH = "/approvals/"


@transaction.atomic
def tell_waiting(now: datetime) -> None:
    """Tell of what was asked for and not told yet, and remind of what has half of its time left."""
    for approval in _locked(Approval.objects.open().filter(told_at=None)):
        _tell(approval, "asked", "Approval needed", f"{_what(approval)} {_until(approval)}", now)
        Approval.objects.filter(pk=approval.pk).update(told_at=now)
    half = ExpressionWrapper((F("expires_at") - F("created_at")) / 2, DurationField())
    middle = ExpressionWrapper(F("created_at") + half, DateTimeField())
    due = Approval.objects.open().filter(reminded_at=None, expires_at__gt=now)
    for approval in _locked(due.annotate(middle=middle).filter(middle__lte=now)):
        text = f"Half of the time is over. {_what(approval)} {_until(approval)}"
        _tell(approval, "reminder", "Approval still needed", text, now)
        Approval.objects.filter(pk=approval.pk).update(reminded_at=now)


def tell_expired(approval: Approval, now: datetime) -> None:
    """Nobody decided in time; in the transaction that ends it."""
    text = f"{_what(approval)} Nobody decided in time, so nothing was done."
    _tell(approval, "expired", "Approval expired", text, now)


@transaction.atomic
def tell_daily(now: datetime) -> None:
    """Once a day, what has waited for longer than an hour. Nothing where nothing has."""
    if now.hour < DIGEST_HOUR:
        return
    rows = Approval.objects.open().filter(created_at__lte=now - timedelta(hours=1))
    waiting = list(rows.order_by("created_at")[: MOST_NAMED + 1])
    if not waiting:
        return
    lines = [f"- {one.title} {_until(one)}" for one in waiting[:MOST_NAMED]]
    if len(waiting) > MOST_NAMED:
        lines.append("- and more")
    telling.tell(
        kind=KIND,
        key=f"approvals:{now:%Y-%m-%d}",
        subject="Approvals that wait",
        text="\n".join(lines),
        path=PATH,
        now=now,
    )


def _locked(rows: QuerySet[Approval]) -> list[Approval]:
    return list(rows.select_for_update(skip_locked=True).order_by("pk")[:MOST])


def _tell(approval: Approval, what: str, subject: str, text: str, now: datetime) -> None:
    telling.tell(
        kind=KIND,
        key=f"approval:{approval.code}:{what}",
        subject=f"{subject}: {approval.title}",
        text=text,
        path=f"{PATH}{approval.code}/",
        now=now,
    )


def _what(approval: Approval) -> str:
    reason = f" {approval.reason}" if approval.reason else ""
    return f"{approval.title}. Asked by {approval.requester}.{reason}"


def _until(approval: Approval) -> str:
    return f"It expires at {approval.expires_at:%Y-%m-%d %H:%M} UTC."
