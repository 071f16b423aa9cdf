"""The sessions of an account: how many there are, and changes that end all but one of them, or
all."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import auth
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.http import HttpRequest

from audit import trail
from portal.accounts import limits, owners
from portal.accounts.session_store import SPARED, SessionStore
from portal.accounts.subjects import subject
from portal.actors import actor_of
from portal.models import OpenSession, User, session_fact
from provisioning.clocks import database_now

_END = """
INSERT INTO portal_sessionend (user_id, at) VALUES (%s, clock_timestamp())
ON CONFLICT (user_id) DO UPDATE SET at = excluded.at
"""


def others_of(request: HttpRequest, user: User) -> int:
    """How many sessions of the person go on beside this one."""
    return count_of(user, but=request.session.session_key)


def count_of(user: User, *, but: str | None = None) -> int:
    """How many sessions of the account go on, not counting that one."""
    if session_fact(user, "read_at") is None:
        user = User.objects.with_session_facts().get(pk=user.pk)
    keys = OpenSession.objects.filter(user_id=user.pk).values("session_key")
    rows = Session.objects.filter(session_key__in=keys)
    store = SessionStore()
    return sum(
        not limits.over(store.decode(row.session_data), user)
        for row in rows.exclude(session_key=but)
    )


@contextmanager
def kept_for(request: HttpRequest, user: User) -> Iterator[User]:
    """In here the account, locked, is changed in ways that end its sessions; this one goes on.

    Whoever takes a role away or turns the account off locks it too, so the end that those write
    is never mistaken for one of ours.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        yield locked
        auth.update_session_auth_hash(request, locked)
        request.session[SPARED] = database_now().timestamp()


def end_others(request: HttpRequest, user: User) -> int:
    """Sign the person out everywhere else; how many sessions that were."""
    with kept_for(request, user):
        count = others_of(request, user)
        _end(user, count, "Your other sessions were ended", actor=actor_of(request))
    return count


@transaction.atomic
def end_all(user: User, *, actor: trail.Actor) -> int:
    """Sign somebody out everywhere; how many sessions that were."""
    User.objects.select_for_update().get(pk=user.pk)
    count = count_of(user)
    _end(user, count, "All sessions of your account were ended", actor=actor)
    return count


def _end(user: User, count: int, said: str, *, actor: trail.Actor) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_END, [user.pk])
    trail.record("user.sessions_ended", actor=actor, obj=subject(user), data={"count": count})
    owners.tell(user, said, actor=actor)
