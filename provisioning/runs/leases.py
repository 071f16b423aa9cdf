"""The leases this process holds, and keeping them alive while a slow call is under way.

A lease is known by its row and fence, so that nobody prolongs what another worker has taken.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.conf import settings
from django.db import Error, connection
from django.db.models import Model

log = logging.getLogger(__name__)

#: A table with `lease_until` and `fence`: events, runs, plans.
Leased = type[Model]

# Rows that are locked are being written by their holder right now: the next beat is early enough.
_RENEW = """
UPDATE {table} SET lease_until = clock_timestamp() + %s::interval
WHERE id IN (
    SELECT leased.id FROM {table} AS leased
    JOIN unnest(%s::bigint[], %s::bigint[]) AS mine (id, fence) USING (id, fence)
    WHERE leased.lease_until IS NOT NULL
    FOR UPDATE OF leased SKIP LOCKED)
"""

#: For a claim: of the rows `found`, one that a worker has lost, alone; all where none is lost. What
#: ended that worker may have been any of those it held, and shall end no other a second time.
ALONE_IF_LOST = """
    SELECT id FROM found WHERE NOT EXISTS (SELECT 1 FROM found WHERE lost)
    UNION ALL (SELECT id FROM found WHERE lost LIMIT 1)
"""

_lock = threading.Lock()
_held: defaultdict[Leased, dict[int, int]] = defaultdict(dict)


@contextmanager
def hold(model: Leased, fences: Mapping[int, int]) -> Iterator[None]:
    """While this lasts, `renew` prolongs the leases of these rows (id -> fence)."""
    with _lock:
        _held[model].update(fences)
    try:
        yield
    finally:
        with _lock:
            for pk in fences:
                _held[model].pop(pk, None)


def renew() -> int:
    """Prolong every lease this process holds; how many were still ours."""
    with _lock:
        held = {model: dict(fences) for model, fences in _held.items() if fences}
    renewed = 0
    with connection.cursor() as cursor:
        for model, fences in held.items():
            cursor.execute(
                _RENEW.format(table=model._meta.db_table),
                [f"{settings.LEASE_SECONDS} seconds", list(fences), list(fences.values())],
            )
            renewed += cursor.rowcount
    return renewed


class Heartbeat:
    """Renews from a thread of its own, four times a lease."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease-heartbeat", daemon=True)

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def _beat(self) -> None:
        while not self._stop.wait(settings.LEASE_SECONDS / 4):
            try:
                renew()
            except Error as error:
                log.warning("Leases were not renewed: %s", str(error).strip())
                connection.close()
        connection.close()
