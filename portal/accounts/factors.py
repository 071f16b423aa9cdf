"""Second factors of local accounts: codes from an app, security keys, recovery codes.

allauth keeps them and knows their arithmetic. That a code serves once is kept here, under a lock
on its row: allauth remembers used codes in Django's cache, which each process has for itself.
"""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal import auth as keys
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import constant_time_compare
from fido2.webauthn import CollectedClientData

from audit import trail
from portal.accounts import owners
from portal.accounts.subjects import subject
from portal.models import User
from provisioning.clocks import database_now

log = logging.getLogger(__name__)

#: Seconds a code of an app lasts; the one before and the one after are taken too.
PERIOD = 30
Kind = Authenticator.Type


def kinds_of(user: User) -> frozenset[str]:
    """The account's second factors. Recovery codes alone are none."""
    found = Authenticator.objects.filter(user=user).exclude(type=Kind.RECOVERY_CODES)
    return frozenset(found.values_list("type", flat=True))


@transaction.atomic
def check_code(user: User, typed: str, *, actor: trail.Actor) -> str:
    """Which kind of code this is, used up now; nothing if it proves nothing."""
    code = "".join(typed.split())
    for factor in Authenticator.objects.select_for_update().filter(user=user).order_by("pk"):
        try:
            if factor.type == Kind.TOTP and _use_counter(factor, code):
                return "totp"
            if factor.type == Kind.RECOVERY_CODES and factor.wrap().validate_code(code):
                owners.tell(user, "A recovery code was used for your account", actor=actor)
                return "recovery code"
        except InvalidToken:
            log.error(_UNREADABLE, factor.type, user.username)
    return ""


def left_of(codes: Authenticator) -> int | None:
    """How many recovery codes are unused; None where they cannot be read any more."""
    try:
        return len(codes.wrap().get_unused_codes())
    except InvalidToken:
        log.error(_UNREADABLE, codes.type, codes.user.username)
        return None


_UNREADABLE = (
    "The factor %s of %s cannot be read: SECRET_KEY was changed. Put the former one into "
    "SECRET_KEY_FALLBACKS, or reset the account with manage.py reset_account."
)


def counter_of(secret: str, code: str, *, after: int = -1) -> int | None:
    """Which period a code belongs to, if it is one that is good now and later than `after`."""
    now = int(database_now().timestamp()) // PERIOD
    for counter in (now - 1, now, now + 1):
        wanted = format_hotp_value(hotp_value(secret, counter))
        if counter > after and constant_time_compare(wanted, code):
            return counter
    return None


def _use_counter(factor: Authenticator, code: str) -> bool:
    after = int(factor.data.get("last_counter", -1))
    counter = counter_of(decrypt(factor.data["secret"]), code, after=after)
    if counter is None:
        return False
    factor.data["last_counter"] = counter
    factor.last_used_at = database_now()
    factor.save(update_fields=["data", "last_used_at"])
    return True


def check_key(user: User, credential: Mapping[str, Any]) -> bool:
    """Whether a security key of this person signed what the page asked it to."""
    try:
        answer = keys.parse_authentication_response(credential)
        _check_page(answer.response.client_data)
        factor = keys.complete_authentication(user, credential)
    except (ValidationError, ValueError, TypeError, KeyError):
        return False
    factor.record_usage()
    return True


def _check_page(client: CollectedClientData) -> None:
    """Raises ValueError unless the key was asked by a page of ours: fido2 takes pages of hosts
    below ours for that too, and whoever holds one of those is not us."""
    asked, ours = urlsplit(client.origin), urlsplit(settings.BASE_URL)
    if (asked.scheme, asked.hostname) != (ours.scheme, ours.hostname):
        raise ValueError(f"asked by {client.origin[:100]}")


@transaction.atomic
def add_app(user: User, secret: str, *, code: str, actor: trail.Actor) -> bool:
    """Tie an app that shows codes to the account, if `code` is one of its codes.

    An account has one app: the former is worth nothing any more.
    """
    counter = counter_of(secret, "".join(code.split()))
    if counter is None:
        return False
    for former in Authenticator.objects.filter(user=user, type=Kind.TOTP):
        take_away(user, former, actor=actor)
    factor = TOTP.activate(user, secret).instance
    factor.data["last_counter"] = counter
    factor.save(update_fields=["data"])
    _tell(user, Kind.TOTP, actor)
    return True


@transaction.atomic
def add_key(
    user: User, credential: Mapping[str, Any], *, name: str = "", actor: trail.Actor
) -> bool:
    """Tie a security key to the account, if it answers what the page asked. Once only."""
    try:
        answer = keys.parse_registration_response(credential)
        _check_page(answer.response.client_data)
        bound = keys.complete_registration(dict(credential)).credential_data
    except (ValidationError, ValueError, TypeError, KeyError):
        return False
    if not bound or keys.get_authenticator_by_credential_id(user, bound.credential_id):
        return False
    keys.WebAuthn.add(user, name or "Security key", dict(credential))
    _tell(user, Kind.WEBAUTHN, actor)
    return True


@transaction.atomic
def new_recovery_codes(user: User, *, actor: trail.Actor) -> list[str]:
    """Ten codes that serve once each; former ones are worth nothing any more."""
    Authenticator.objects.filter(user=user, type=Kind.RECOVERY_CODES).delete()
    codes: list[str] = RecoveryCodes.activate(user).generate_codes()
    trail.record(
        "user.factor_added", actor=actor, obj=subject(user), data={"kind": "recovery codes"}
    )
    owners.tell(user, "New recovery codes were made for your account", actor=actor)
    return codes


@transaction.atomic
def take_away(user: User, factor: Authenticator, *, actor: trail.Actor) -> None:
    """Nobody gets in with it any more. Whether it may go is the caller's question."""
    factor.delete()
    data = {"kind": factor.type}
    trail.record("user.factor_removed", actor=actor, obj=subject(user), data=data)
    owners.tell_of_factor(user, factor.type, "removed from", actor=actor)


@transaction.atomic
def remove_all(user: User, *, actor: trail.Actor) -> int:
    """Take every second factor away; at the next sign-in a new one must be set up."""
    count: int = Authenticator.objects.filter(user=user).delete()[0]
    trail.record("user.factors_removed", actor=actor, obj=subject(user), data={"count": count})
    owners.tell(user, "All second factors were removed from your account", actor=actor)
    return count


def _tell(user: User, kind: str, actor: trail.Actor) -> None:
    trail.record("user.factor_added", actor=actor, obj=subject(user), data={"kind": str(kind)})
    owners.tell_of_factor(user, kind, "added to", actor=actor)
