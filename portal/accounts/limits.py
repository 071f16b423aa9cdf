"""When a session is over. All times are the database's."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from portal.accounts.session_store import SEEN, SPARED, STARTED
from portal.models import User, session_fact

#: A session says when it was last used no oftener than this, to save a write for each page.
NOTED_EVERY_SECONDS = 60


def over(session: SessionBase | Mapping[str, Any], user: User) -> str:
    """Why the session ends now; empty while it goes on."""
    now = _seconds(session_fact(user, "read_at"))
    started, seen = session.get(STARTED), session.get(SEEN)
    if started is None or seen is None:
        return "unknown start"
    if now - started > settings.SESSION_HOURS * 3600:
        return "too old"
    if now - seen > settings.SESSION_IDLE_MINUTES * 60:
        return "idle"
    if _seconds(session_fact(user, "ended_at")) >= max(started, session.get(SPARED, 0)):
        return "account changed"
    if _seconds(session_fact(user, "signed_out_at")) >= started:
        return "signed out by Okta"
    return ""


def note_use(session: SessionBase, user: User) -> None:
    """A page was opened by a person, so the session is not idle."""
    now = _seconds(session_fact(user, "read_at"))
    if now - session[SEEN] > NOTED_EVERY_SECONDS:
        session[SEEN] = now


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at is not None else 0.0
