"""Sessions in the database that know when their person signed in."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

from provisioning.clocks import database_now

#: Seconds since the epoch, by the database's clock.
STARTED, SEEN, FRESH = "started_at", "seen_at", "fresh_at"


class SessionStore(db.SessionStore):
    """Stamps a session in the moment in which somebody becomes signed in, by whatever path."""

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        if key == SESSION_KEY:
            now = database_now().timestamp()
            for name in (STARTED, SEEN, FRESH):
                super().__setitem__(name, now)
