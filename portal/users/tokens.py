"""Tokens for machines: each has an owner, scopes and an end; only its hash is kept."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from audit import trail
from portal.models import ApiToken, User, session_fact
from portal.roles import Permission, may
from provisioning.clocks import database_now

PREFIX = "sluice_"
MOST_DAYS = 365
#: How exactly the last use is kept; more often would write a row for each call.
USE_KEPT = timedelta(minutes=1)
#: scope -> what it allows, for the form
SCOPES = {
    "status": "read how the engine stands: balance, queue, processes",
    "rules": "read the rules as YAML",
}


class CannotMake(Exception):  # noqa: N818
    """No token can be made of this; the message says why, in a sentence."""


@transaction.atomic
def make(
    owner: User, *, name: str, scopes: Collection[str], days: int, actor: trail.Actor
) -> tuple[ApiToken, str]:
    """A new token and its text, which nobody can see again. Raises CannotMake."""
    if not name.strip():
        raise CannotMake("Give the token a name that says which machine uses it.")
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise CannotMake(f"There is no scope called {unknown[0]}; choose of {', '.join(SCOPES)}.")
    if not scopes:
        raise CannotMake("Choose at least one scope: a token without any can do nothing.")
    if not 1 <= days <= MOST_DAYS:
        raise CannotMake(f"A token lives 1 to {MOST_DAYS} days.")
    text = PREFIX + secrets.token_urlsafe(32)
    now = database_now()
    token = ApiToken.objects.create(
        owner=owner,
        name=name.strip(),
        scopes=sorted(scopes),
        digest=_digest(text),
        hint=text[-4:],
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    _tell("token.made", token, actor, {"scopes": token.scopes, "days": days})
    return token, text


@transaction.atomic
def revoke(token: ApiToken, *, actor: trail.Actor) -> bool:
    """End a token at once; False where it had ended."""
    changed = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(
        revoked_at=database_now()
    )
    if changed:
        _tell("token.revoked", token, actor, {})
    return bool(changed)


def find(text: str, scope: str) -> ApiToken | None:
    """The token with this text, if it is good for the scope now; its last use is kept."""
    if not text.startswith(PREFIX) or len(text) > 100:
        return None
    token = ApiToken.objects.filter(digest=_digest(text)).first()
    if token is None:
        return None
    now = database_now()
    if not token.good_at(now) or scope not in token.scopes or not _stands_for(token):
        return None
    _keep_use(token, now)
    return token


def _stands_for(token: ApiToken) -> bool:
    """Whether its owner could make it today. Whom Okta signed out, as it does with leavers, could
    not before they have signed in again."""
    owner = User.objects.with_session_facts().get(pk=token.owner_id)
    if not may(owner, Permission.MAKE_TOKENS):
        return False
    signed_out_at = session_fact(owner, "signed_out_at")
    here_since = max(token.created_at, owner.last_login or token.created_at)
    return signed_out_at is None or signed_out_at < here_since


def _keep_use(token: ApiToken, now: datetime) -> None:
    if token.used_at is None or now - token.used_at > USE_KEPT:
        ApiToken.objects.filter(pk=token.pk).update(used_at=now)


def _digest(text: str) -> str:
    """The text is random and long, so a plain hash cannot be turned back."""
    return hashlib.sha256(text.encode()).hexdigest()


def _tell(verb: str, token: ApiToken, actor: trail.Actor, data: dict[str, object]) -> None:
    trail.record(
        verb,
        actor=actor,
        obj=trail.Object("token", token.code, token.name),
        data={"owner": token.owner.code, **data},
    )
