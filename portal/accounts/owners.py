"""Telling the owner of a local account, by mail, that somebody changed or used it.

What Okta keeps, Okta tells of. Nothing in such a mail gets anybody in: no code, no link but that
of the account's own page.
"""

from django.urls import reverse

from audit import trail
from audit.codes import new_code
from portal.models import User
from provisioning.clocks import database_now
from provisioning.notices import telling

KIND = "account"
FACTORS = {
    "totp": "An authenticator app was",
    "webauthn": "A security key was",
    "recovery_codes": "The recovery codes were",
}


def tell(user: User, what: str, *, actor: trail.Actor) -> None:
    """As part of the change. `what` is a sentence without its full stop, which is the subject."""
    if user.okta_id or not user.email:
        return
    now = database_now()
    by = "you" if actor.id == user.code else actor.name or "nobody who was signed in"
    telling.mail_to(
        user.email,
        kind=KIND,
        key=f"account:{user.code}:{new_code()}",
        subject=f"Sluice: {what}",
        text=f"{what}.\n\n"
        f"Account: {user.username}\n"
        f"When: {now:%Y-%m-%d %H:%M} UTC\n"
        f"By: {by}\n"
        f"From: {actor.source}\n\n"
        "If you know of this, there is nothing to do. If not, tell an administrator at once: "
        "turning the account off ends its sessions. Sluice never asks for a password or a code "
        "by mail.\n\nYour account:",
        path=reverse("account"),
    )


def tell_of_factor(user: User, kind: str, done: str, *, actor: trail.Actor) -> None:
    """Such as `A security key was added to your account`."""
    tell(user, f"{FACTORS.get(kind, 'A second factor was')} {done} your account", actor=actor)
