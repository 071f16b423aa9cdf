"""Times and small facts of the whole system, read in one statement."""

from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db import connection

from provisioning.processes import SILENT_AFTER

_FACTS = """
SELECT
    (SELECT max(received_at) FROM provisioning_event),
    (SELECT received_at FROM provisioning_delivery WHERE outcome = 'accepted'
        ORDER BY id DESC LIMIT 1),
    (SELECT received_at FROM provisioning_delivery WHERE outcome = 'verified'
        ORDER BY id DESC LIMIT 1),
    (SELECT min(due_at) FROM provisioning_run WHERE state = 'retrying'),
    (SELECT min(due_at) FROM provisioning_run
        WHERE state IN ('pending', 'retrying') AND NOT parked
        AND lane NOT IN (SELECT lane FROM provisioning_run WHERE parked)),
    (SELECT min(due_at) FROM provisioning_event WHERE state = 'received' AND NOT parked
        AND lane NOT IN (SELECT lane FROM provisioning_event
            WHERE state = 'received' AND parked AND incident_id IS NOT NULL)),
    (SELECT min(received_at) FROM provisioning_event WHERE state = 'quarantined'),
    (SELECT min(received_at) FROM provisioning_event WHERE state = 'failed' AND run_count = 0),
    (SELECT error FROM provisioning_event
        WHERE state = 'received' AND NOT parked AND error_code <> ''
        ORDER BY due_at DESC LIMIT 1),
    (SELECT read_at FROM provisioning_eventprofile ORDER BY event_id DESC LIMIT 1),
    (SELECT coalesce(jsonb_object_agg(reason, n), '{}')::text FROM (
        SELECT reason, sum(count)::bigint AS n FROM provisioning_refusalcount
        WHERE hour >= %(refused_since)s GROUP BY reason) AS refused),
    (SELECT coalesce(jsonb_object_agg(kind, n), '{}')::text FROM (
        SELECT kind, count(*) AS n FROM provisioning_process
        WHERE seen_at >= %(silent_before)s GROUP BY kind) AS alive),
    (SELECT max(seen_at) FROM provisioning_process WHERE kind = 'worker'),
    EXISTS (SELECT 1 FROM provisioning_rule WHERE current_id IS NOT NULL),
    (SELECT min(created_at) FROM provisioning_approval WHERE state = 'open')
"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every time is None where there is nothing to have one."""

    last_event_at: datetime | None
    last_delivery_at: datetime | None
    verified_at: datetime | None
    next_retry_at: datetime | None
    oldest_run_due_at: datetime | None
    oldest_event_due_at: datetime | None
    oldest_quarantined_at: datetime | None
    oldest_unmatched_at: datetime | None
    delay_reason: str | None
    last_profile_at: datetime | None
    refused: dict[str, int]
    alive: dict[str, int]
    worker_seen_at: datetime | None
    has_rule: bool
    oldest_approval_at: datetime | None

    @property
    def oldest_due_at(self) -> datetime | None:
        known = (self.oldest_run_due_at, self.oldest_event_due_at)
        return min((at for at in known if at is not None), default=None)


def take(now: datetime, *, refused_since: datetime) -> Snapshot:
    values = {"refused_since": refused_since, "silent_before": now - SILENT_AFTER}
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, values)
        row = list(cursor.fetchone())
    row[10], row[11] = orjson.loads(row[10]), orjson.loads(row[11])
    return Snapshot(*row)
