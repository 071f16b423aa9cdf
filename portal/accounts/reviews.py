"""Each use of an account kept for emergencies is looked into by somebody else, within a day."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from audit import trail
from audit.models import Entry, EntryQuerySet
from portal.accounts.subjects import subject
from portal.identity import identity_of, names_of
from portal.models import BreakGlassReview, User
from provisioning.clocks import database_now
from provisioning.notices import telling

KIND = "review"
DUE_WITHIN = timedelta(hours=24)


class CannotClose(Exception):  # noqa: N818
    """The review cannot be closed by this person, or so; the message says why, in a sentence."""


@transaction.atomic
def ask(user: User, *, actor: trail.Actor) -> BreakGlassReview:
    """A review of the sign-in that is under way, with its entry.

    The notice that it is overdue is written at once and dated ahead: the workers send it when its
    time has come, unless it was taken back.
    """
    now = database_now()
    review = BreakGlassReview.objects.create(
        account=user,
        account_identity=identity_of(user),
        source=actor.source,
        signed_in_at=now,
        due_at=now + DUE_WITHIN,
    )
    trail.record(
        "user.break_glass_used",
        actor=actor,
        obj=subject(user),
        data={"review": review.code, "due_at": review.due_at.isoformat()},
    )
    telling.tell(
        kind=KIND,
        key=_key(review),
        subject=f"Review overdue: break-glass account {user.username}",
        text=f"{user.username} signed in from {review.source} at {_stamp(now)}. "
        "A day later nobody has said that they looked into what it did.",
        path=path_of(review),
        now=review.due_at,
    )
    return review


def why_not(review: BreakGlassReview, user: User) -> str:
    """Why this person cannot close the review; empty where they can."""
    if user.break_glass:
        return "An account kept for emergencies closes no review. Use your own account."
    if review.account_identity in names_of(user):
        return "This is about your own account. Somebody else has to look into it."
    return ""


@transaction.atomic
def close(review: BreakGlassReview, user: User, *, note: str, actor: trail.Actor) -> None:
    """Say what a look at the sign-in found. Raises CannotClose."""
    if problem := why_not(review, user):
        raise CannotClose(problem)
    if not note.strip():
        raise CannotClose("Say what the account was needed for and what you found, in a sentence.")
    changed = (
        BreakGlassReview.objects.open()
        .filter(pk=review.pk)
        .update(
            state=BreakGlassReview.State.DONE,
            reviewed_by=user,
            reviewer_identity=identity_of(user),
            note=note.strip(),
            reviewed_at=database_now(),
        )
    )
    if not changed:
        raise CannotClose("Somebody else has closed this review meanwhile.")
    telling.withdraw(_key(review))
    trail.record(
        "review.closed",
        actor=actor,
        obj=trail.Object(KIND, review.code),
        data={"account": review.account.code, "note": note.strip()},
    )


def span_of(review: BreakGlassReview) -> tuple[datetime, datetime]:
    """From the minute of the sign-in until the account's next one, which has a review of its own,
    or until no session of then can be open any more."""
    later = BreakGlassReview.objects.filter(
        account=review.account_id, signed_in_at__gt=review.signed_in_at
    )
    following = later.order_by("signed_in_at").values_list("signed_in_at", flat=True).first()
    latest = review.signed_in_at + timedelta(hours=settings.SESSION_HOURS)
    ends = min(following or latest, latest)
    start = review.signed_in_at.replace(second=0, microsecond=0)
    return start, ends.replace(second=0, microsecond=0) + timedelta(minutes=1)


def done_in(review: BreakGlassReview) -> EntryQuerySet:
    """What the trail says that the account did in that time, the first first."""
    start, end = span_of(review)
    found = Entry.objects.filter(actor_id=review.account.code, at__gte=start, at__lt=end)
    return found.order_by("at", "pk")


def path_of(review: BreakGlassReview) -> str:
    return reverse("break-glass-detail", args=[review.code])


def _key(review: BreakGlassReview) -> str:
    return f"review:{review.code}:overdue"


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
