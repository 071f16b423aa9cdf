"""How the engine stands: the balance that must always hold, and what waits."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection
from django.db.models import Count, Min

from provisioning import wakeups
from provisioning.clocks import database_now
from provisioning.events.models import Event
from provisioning.processes import Process
from provisioning.runs.models import Run

IN_FLIGHT = (Event.State.RECEIVED, Event.State.IN_FLIGHT)


@dataclass(frozen=True, slots=True)
class Balance:
    """accepted = done + no_match + quarantined + failed + held + in_flight, at any moment."""

    accepted: int
    done: int
    no_match: int
    quarantined: int
    failed: int
    held: int
    in_flight: int

    @property
    def holds(self) -> bool:
        parts = self.done + self.no_match + self.quarantined + self.failed + self.held
        return self.accepted == parts + self.in_flight


def balance() -> Balance:
    """Counted in one statement, so that what moves meanwhile is counted once.

    `accepted` is counted apart from the states: the sum would hold by itself.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM provisioning_event), "
            "(SELECT coalesce(jsonb_object_agg(state, n), '{}') FROM "
            "(SELECT state, count(*) AS n FROM provisioning_event GROUP BY state) AS s)::text"
        )
        accepted, by_state = cursor.fetchone()
    counts: dict[str, int] = orjson.loads(by_state)
    return Balance(
        accepted=accepted,
        done=counts.get(Event.State.DONE, 0),
        no_match=counts.get(Event.State.NO_MATCH, 0),
        quarantined=counts.get(Event.State.QUARANTINED, 0),
        failed=counts.get(Event.State.FAILED, 0),
        held=counts.get(Event.State.HELD, 0),
        in_flight=sum(counts.get(state, 0) for state in IN_FLIGHT),
    )


def oldest_due(now: datetime) -> datetime | None:
    """Since when the oldest event or run has been due and not taken; None if none is."""
    event = Event.objects.due(now).aggregate(at=Min("due_at"))["at"]
    run = Run.objects.due(now).aggregate(at=Min("due_at"))["at"]
    return min((at for at in (event, run) if at is not None), default=None)


def workers(now: datetime) -> dict[str, int]:
    """How many processes of each kind have shown a heartbeat lately."""
    rows = Process.objects.alive(now).values_list("kind").annotate(n=Count("name"))
    return dict(rows.order_by("kind"))


def report() -> dict[str, Any]:
    """Everything `manage.py status` tells, as plain values."""
    now = database_now()
    counted = balance()
    oldest = oldest_due(now)
    return {
        **asdict(counted),
        "balance_holds": counted.holds,
        "queue_depth": wakeups.depth(),
        "oldest_due_at": oldest.isoformat() if oldest else None,
        "oldest_due_seconds": round((now - oldest).total_seconds(), 3) if oldest else None,
        "processes": workers(now),
        "workers_seen": workers(now).get("worker", 0),
        "at": now.isoformat(),
    }
