"""Somebody used an account that is kept for the day when Okta cannot be reached."""

import logging

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from audit import trail
from portal.accounts.subjects import subject
from portal.models import User

log = logging.getLogger(__name__)


def break_glass_used(user: User, *, actor: trail.Actor) -> None:
    """An entry, and at once a mail and a line in the log. In the caller's transaction."""
    trail.record("user.break_glass_used", actor=actor, obj=subject(user))
    transaction.on_commit(lambda: _raise_alarm(user.username, actor.source))


def _raise_alarm(username: str, source: str) -> None:
    log.error("The break-glass account %s was used from %s", username, source)
    if not settings.BREAK_GLASS_ALARM_TO:
        return
    try:
        send_mail(
            "Sluice: a break-glass account was used",
            f"The account {username} signed in from {source} at {settings.BASE_URL}.\n"
            "If nobody was meant to, turn the account off and end its sessions. "
            "The audit log says what it did.",
            None,
            settings.BREAK_GLASS_ALARM_TO,
        )
    except OSError:  # the mail server is away; the person must get in all the same
        log.exception("The alarm about %s could not be mailed", username)
