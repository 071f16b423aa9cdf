"""The sessions of an account: how many there are, and changes that end all but one of them."""

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
from portal.models import OpenSession, User
from provisioning.clocks import database_now

_END = """
INSERT INTO portal_sessionend (user_id, at) VALUES (%s, clock_timestamp())
ON CONFLICT (user_id) DO UPDATE SET at = excluded.at
"""


def others_of(request: HttpRequest, user: User) -> int:
    """How many sessions of the person go on beside this one."""
    keys = OpenSession.objects.filter(user_id=user.pk).values("session_key")
    rows = Session.objects.filter(session_key__in=keys)
    store = SessionStore()
    return sum(
        not limits.over(store.decode(row.session_data), user)
        for row in rows.exclude(session_key=request.session.session_key)
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
        with connection.cursor() as cursor:
            cursor.execute(_END, [user.pk])
        trail.record(
            "user.sessions_ended",
            actor=actor_of(request),
            obj=subject(user),
            data={"count": count},
        )
        owners.tell(user, "Your other sessions were ended", actor=actor_of(request))
    return count
