"""The second factors of an account as its owner sees, names and removes them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction

from audit import trail
from audit.codes import ALPHABET, LENGTH
from portal.accounts import factors
from portal.accounts.factors import Kind
from portal.accounts.subjects import subject
from portal.models import User

#: More than this is a mistake, and each is tried at a sign-in.
MOST_KEYS = 10
WORDS: Mapping[str, str] = {
    Kind.TOTP: "Authenticator app",
    Kind.WEBAUTHN: "Security key",
    Kind.RECOVERY_CODES: "Recovery codes",
}


class CannotRemove(Exception):  # noqa: N818
    """This factor has to stay; the message says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor as a page shows it; recovery codes say how many are left, None if that cannot be
    read any more."""

    code: str
    kind: str
    name: str
    added_at: datetime
    used_at: datetime | None
    left: int | None = 0

    @property
    def word(self) -> str:
        return WORDS[self.kind]

    @property
    def has_name(self) -> bool:
        return self.kind == str(Kind.WEBAUTHN)


def of(user: User) -> list[Factor]:
    """Apps and keys, the oldest first, and last the recovery codes."""
    rows = Authenticator.objects.filter(user=user).order_by("created_at", "pk")
    return sorted((_shown(row) for row in rows), key=lambda one: one.kind == Kind.RECOVERY_CODES)


def find(user: User, code: str) -> Factor | None:
    """One of the person's own apps and keys."""
    return next((one for one in of(user) if one.code == code and _proves(one.kind)), None)


def keys_of(user: User) -> int:
    return sum(one.has_name for one in of(user))


def may_go(user: User, code: str) -> str:
    """Why a factor has to stay; empty where it may be removed."""
    others = [one for one in of(user) if _proves(one.kind) and one.code != code]
    if others or not settings.REQUIRE_MFA:
        return ""
    return "This account needs a second factor, and this is the only one. Add another first."


@transaction.atomic
def rename(user: User, code: str, name: str, *, actor: trail.Actor) -> bool:
    """Give a security key another name; False where there is no such key."""
    key = _locked(user, code)
    if key is None or key.type != Kind.WEBAUTHN:
        return False
    key.data["name"] = name
    key.save(update_fields=["data"])
    trail.record(
        "user.factor_renamed",
        actor=actor,
        obj=subject(user),
        data={"kind": key.type},
        personal={"name": name},
    )
    return True


@transaction.atomic
def remove(user: User, code: str, *, actor: trail.Actor) -> bool:
    """Take one factor away; False where there is no such. Raises CannotRemove.

    The account is locked, so that of two removals at once the second sees what the first left.
    """
    User.objects.select_for_update().get(pk=user.pk)
    factor = _locked(user, code)
    if factor is None:
        return False
    if why := may_go(user, code):
        raise CannotRemove(why)
    factors.take_away(user, factor, actor=actor)
    if not factors.kinds_of(user):  # codes that stand in for nothing
        for codes in Authenticator.objects.filter(user=user):
            factors.take_away(user, codes, actor=actor)
    return True


def _locked(user: User, code: str) -> Authenticator | None:
    rows = Authenticator.objects.select_for_update().filter(user=user).order_by("pk")
    return next((row for row in rows if _proves(row.type) and _code(row) == code), None)


def _proves(kind: str) -> bool:
    """Recovery codes stand in for a factor and are none themselves."""
    return kind != str(Kind.RECOVERY_CODES)


def _shown(row: Authenticator) -> Factor:
    codes = row.type == Kind.RECOVERY_CODES
    return Factor(
        code=_code(row),
        kind=row.type,
        name=row.wrap().name if row.type == Kind.WEBAUTHN else WORDS[row.type],
        added_at=row.created_at,
        used_at=row.last_used_at,
        left=factors.left_of(row) if codes else 0,
    )


def _code(row: Authenticator) -> str:
    """A public code for a row of allauth's, which has none: always the same one."""
    number = int.from_bytes(hashlib.sha256(f"factor {row.pk}".encode()).digest()[:8])
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(LENGTH))
