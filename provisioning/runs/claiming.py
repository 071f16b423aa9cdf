"""Claiming runs: one counted UPDATE gives a lease and a new fence; one run of a lane at a time."""

import logging

from django.conf import settings
from django.db import IntegrityError, connection

from provisioning import bulk
from provisioning.runs.brakes import NOT_STOPPED
from provisioning.runs.leases import ALONE_IF_LOST

log = logging.getLogger(__name__)

#: A run may be claimed if it is due and not parked, or its worker is gone, no brake covers its next
#: step, and nothing of its lane comes first. One that was begun goes on before one of an earlier
#: event that came late: the two would wait for each other for ever.
_CLAIMABLE = f"""
    SELECT id, state = 'running' AS lost FROM provisioning_run AS mine
    WHERE ((state IN ('pending', 'retrying') AND NOT parked AND due_at <= clock_timestamp())
        OR (state = 'running' AND lease_until < clock_timestamp()))
      AND NOT EXISTS (
        SELECT 1 FROM provisioning_run AS other
        WHERE other.lane = mine.lane AND other.id <> mine.id
          AND other.state IN ('pending', 'running', 'retrying')
          AND (other.state = 'running' OR mine.state <> 'running'
            AND (other.published_at, other.id) < (mine.published_at, mine.id)))
      AND {NOT_STOPPED}
"""  # noqa: S608 - built from constants
_CLAIM = f"""
WITH found AS ({_CLAIMABLE} ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE provisioning_run SET
    fence = fence + 1,
    lost_claims = lost_claims + CASE WHEN state = 'running' THEN 1 ELSE 0 END,
    state = 'running',
    worker = %(worker)s,
    started_at = coalesce(started_at, clock_timestamp()),
    lease_until = clock_timestamp() + %(lease)s::interval
WHERE id IN ({ALONE_IF_LOST})
RETURNING id
"""  # noqa: S608 - built from constants

_MOST_TRIES = 3


def claim(limit: int, worker: str) -> list[int]:
    """Up to `limit` runs for this worker, by id."""
    lease = f"{settings.LEASE_SECONDS} seconds"
    for _ in range(_MOST_TRIES):
        try:
            with connection.cursor() as cursor:
                cursor.execute(_CLAIM, {"lease": lease, "limit": limit, "worker": worker})
                return [row[0] for row in cursor.fetchall()]
        except IntegrityError:
            # Another worker took a run of the same lane in this very moment; ask again.
            log.debug("A lane was taken by another worker while it was claimed")
    return []


def any_claimable() -> bool:
    """Whether a worker would find a run to claim now."""
    return bulk.any_row(_CLAIMABLE)
