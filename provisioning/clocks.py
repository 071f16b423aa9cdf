"""The time, as the database has it: leases of all hosts are measured on one clock."""

import time
from datetime import datetime, timedelta

from django.db import connection

#: How long a measured database time is carried on by this process's monotonic clock.
MEASURE_SECONDS = 10.0

_measured: tuple[float, datetime] | None = None


def database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return now  # type: ignore[no-any-return]  # a timestamptz is a datetime


def steady_now() -> datetime:
    """The database's time without a query each time; a host whose clock jumps does not matter."""
    global _measured
    at = time.monotonic()
    if _measured is None or not 0 <= at - _measured[0] < MEASURE_SECONDS:
        now = database_now()
        _measured = (time.monotonic(), now)
        return now
    return _measured[1] + timedelta(seconds=at - _measured[0])
