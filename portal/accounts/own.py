"""What a person changes about their own account. Each ends their other sessions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from audit import trail
from portal.accounts import enrolling, factors, open_sessions, own_factors, owners
from portal.accounts.session_store import FRESH, HOW, STARTED
from portal.accounts.subjects import subject
from portal.actors import actor_of
from portal.models import User


@dataclass(frozen=True, slots=True)
class Standing:
    """How the person at the keyboard is signed in."""

    how: str
    began_at: datetime
    fresh_at: datetime
    ends_at: datetime
    others: int


def standing_of(request: HttpRequest, user: User) -> Standing:
    began = _moment(request.session[STARTED])
    return Standing(
        how=_in_words(request.session.get(HOW) or {}),
        began_at=began,
        fresh_at=_moment(request.session[FRESH]),
        ends_at=began + timedelta(hours=settings.SESSION_HOURS),
        others=open_sessions.others_of(request, user),
    )


def change_password(request: HttpRequest, user: User, password: str) -> None:
    with open_sessions.kept_for(request, user) as account:
        account.set_password(password)
        account.save(update_fields=["password"])
        trail.record("user.password_changed", actor=actor_of(request), obj=subject(user))
        owners.tell(account, "Your password was changed", actor=actor_of(request))


def add_app(request: HttpRequest, user: User, code: str) -> bool:
    """False where `code` is none of the app that this session was offered."""
    with open_sessions.kept_for(request, user) as account:
        secret = enrolling.secret_of(request)
        done = factors.add_app(account, secret, code=code, actor=actor_of(request))
        if done:
            enrolling.forget(request)
    return done


def add_key(
    request: HttpRequest, user: User, *, credential: Mapping[str, Any] | None, name: str
) -> bool:
    """False where no key answered what this session was asked."""
    with open_sessions.kept_for(request, user) as account:
        return factors.add_key(account, credential or {}, name=name, actor=actor_of(request))


def remove_factor(request: HttpRequest, user: User, code: str) -> bool:
    """False where it is gone already. Raises own_factors.CannotRemove."""
    with open_sessions.kept_for(request, user) as account:
        return own_factors.remove(account, code, actor=actor_of(request))


def new_recovery_codes(request: HttpRequest, user: User) -> list[str]:
    with open_sessions.kept_for(request, user) as account:
        return factors.new_recovery_codes(account, actor=actor_of(request))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _in_words(how: Mapping[str, Any]) -> str:
    """`Password and authenticator app`; empty for a session that began before this was kept."""
    if how.get("method") == "okta":
        methods = ", ".join(str(one) for one in how.get("amr") or ())
        return f"Okta ({methods})" if methods else "Okta"
    if not how:
        return ""
    factor = str(how.get("factor") or "")
    word = own_factors.WORDS.get(factor, factor).lower()
    return f"Password and {word}" if word else "Password alone"
