"""Sessions in the database that know when their person signed in, and whose they are."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.db import transaction

from portal.models import OpenSession
from provisioning.clocks import database_now

#: Seconds since the epoch, by the database's clock.
STARTED, SEEN, FRESH = "started_at", "seen_at", "fresh_at"
#: A change of the account up to then, which ended its other sessions, left this one.
SPARED = "spared_at"
#: By what its person was let in: what `signing.sign_in` wrote into the trail.
HOW = "signed_in_how"


class SessionStore(db.SessionStore):
    """Stamps a session in the moment in which somebody becomes signed in, by whatever path."""

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        if key == SESSION_KEY:
            now = database_now().timestamp()
            for name in (STARTED, SEEN, FRESH):
                super().__setitem__(name, now)

    def save(self, must_create: bool = False) -> None:
        with transaction.atomic():
            super().save(must_create)
            if (owner := self.get(SESSION_KEY)) and self.session_key:
                mine = OpenSession(session_key=self.session_key, user_id=int(owner))
                OpenSession.objects.bulk_create([mine], ignore_conflicts=True)

    def delete(self, session_key: str | None = None) -> None:
        gone = session_key or self.session_key
        super().delete(session_key)
        if gone:
            OpenSession.objects.filter(session_key=gone).delete()

    @classmethod
    def clear_expired(cls) -> None:
        super().clear_expired()
        kept = cls.get_model_class().objects.values("session_key")
        OpenSession.objects.exclude(session_key__in=kept).delete()
