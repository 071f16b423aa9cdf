"""Refused calls are all counted, and a bounded number of them kept.

Anybody who finds the endpoint can make us refuse; that must neither fill the database nor hide
that it happened.
"""

import logging
import threading
from collections import Counter
from datetime import datetime

import psycopg

from provisioning.events import writer

log = logging.getLogger(__name__)

#: Rows kept for each reason and hour; beyond it refusals are only counted.
KEPT_PER_HOUR = 200

_COUNT = """
INSERT INTO provisioning_refusalcount (hour, reason, count)
VALUES (date_trunc('hour', %s::timestamptz), %s, %s)
ON CONFLICT (hour, reason) DO UPDATE
SET count = provisioning_refusalcount.count + excluded.count
RETURNING count
"""


class Refusals:
    """Counts refusals in the database; what could not be counted waits for the next time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: Counter[str] = Counter()
        self._connection: psycopg.Connection[tuple[int]] | None = None

    def count(self, reason: str, *, now: datetime) -> bool:
        """Count one refusal; whether it should also be kept as a Delivery."""
        with self._lock:
            self._pending[reason] += 1
            try:
                return self._write(reason, now) <= KEPT_PER_HOUR
            except psycopg.Error as error:
                self._connection = None
                log.error("A refusal (%s) waits to be counted: %s", reason, error)
                return False

    def _write(self, reason: str, now: datetime) -> int:
        if self._connection is None or self._connection.closed:
            self._connection = writer.connect()
        row = self._connection.execute(_COUNT, (now, reason, self._pending[reason])).fetchone()
        self._pending[reason] = 0
        return row[0] if row else 0
