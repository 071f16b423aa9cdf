"""Becoming signed in, and ceasing to be: each is an entry of the trail."""

from collections.abc import Mapping
from typing import Any

from django.contrib import auth
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest

from audit import trail
from portal.accounts import alarms, former
from portal.accounts.session_store import FRESH, HOW
from portal.accounts.subjects import subject
from portal.actors import actor_of
from portal.models import User
from provisioning.clocks import database_now

BACKEND = "portal.accounts.backends.AccountBackend"


def person_of(request: HttpRequest) -> User:
    """The signed-in person; the table of `portal.roles` lets nobody else come here."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


@transaction.atomic
def sign_in(request: HttpRequest, user: User, *, how: Mapping[str, Any]) -> None:
    """All that was asked of the person is done: begin their session."""
    trail.record("user.signed_in", actor=actor_of(request, user), obj=subject(user), data=dict(how))
    if user.break_glass:
        alarms.break_glass_used(user, actor=actor_of(request, user))
    auth.login(request, user, backend=BACKEND)
    request.session[HOW] = dict(how)


@transaction.atomic
def confirm(request: HttpRequest, user: User, *, how: Mapping[str, Any]) -> None:
    """The signed-in person has proved once more that it is them."""
    trail.record("user.confirmed", actor=actor_of(request, user), obj=subject(user), data=dict(how))
    request.session.cycle_key()
    request.session[FRESH] = database_now().timestamp()


@transaction.atomic
def sign_out(request: HttpRequest, user: User) -> None:
    trail.record("user.signed_out", actor=actor_of(request), obj=subject(user))
    auth.logout(request)


@transaction.atomic
def end_session(request: HttpRequest, user: User, why: str) -> None:
    """The session is over, though its person did not ask for it."""
    trail.record(
        "user.session_ended", actor=actor_of(request), obj=subject(user), data={"why": why}
    )
    auth.logout(request)
    former.remember(request, user.pk)


@transaction.atomic
def refuse(request: HttpRequest, user: User | None, *, why: str) -> None:
    """Name the account only if there is one: what was typed as a name may be a password."""
    trail.record(
        "user.sign_in_refused",
        actor=actor_of(request),
        obj=subject(user) if user else trail.Object("user", "unknown"),
        outcome="refused",
        data={"why": why},
    )
