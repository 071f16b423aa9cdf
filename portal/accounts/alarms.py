"""Somebody used an account that is kept for the day when Okta cannot be reached."""

import logging

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from audit import trail
from portal.accounts import owners, reviews
from portal.models import BreakGlassReview, User

log = logging.getLogger(__name__)


def break_glass_used(user: User, *, actor: trail.Actor) -> None:
    """A review with its entry, and at once a mail and a line in the log; its owner is told too.
    In the caller's transaction."""
    review = reviews.ask(user, actor=actor)
    owners.tell(user, "Your break-glass account was used to sign in", actor=actor)
    transaction.on_commit(lambda: _raise_alarm(user.username, review))


def _raise_alarm(username: str, review: BreakGlassReview) -> None:
    log.error("The break-glass account %s was used from %s", username, review.source)
    if not settings.BREAK_GLASS_ALARM_TO:
        return
    try:
        send_mail(
            "Sluice: a break-glass account was used",
            f"The account {username} signed in from {review.source} at {settings.BASE_URL}.\n"
            "If nobody was meant to, turn the account off and end its sessions.\n"
            f"Somebody else has to look into it by {review.due_at:%Y-%m-%d %H:%M} UTC: "
            f"{settings.BASE_URL}{reviews.path_of(review)}",
            None,
            settings.BREAK_GLASS_ALARM_TO,
        )
    # The mail server is away, or an address is none; the person must get in all the same.
    except (OSError, ValueError):
        log.exception("The alarm about %s could not be mailed", username)
