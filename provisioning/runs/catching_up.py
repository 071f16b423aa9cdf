"""Each second: probe the targets that are out, and let go what waited for those that answer."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from audit import trail
from provisioning import notices, wakeups
from provisioning.clocks import database_now
from provisioning.runs.incidents import WITHIN, interval, record
from provisioning.runs.models import Run
from provisioning.runs.troubles import Incident, TargetError

#: Runs let go in one second at most; each second allows twice as many as the one before.
FASTEST = 200

State = Incident.State


@transaction.atomic
def probe_now(incident: Incident, *, actor: trail.Actor) -> bool:
    """Have the next tick of the clock probe. False where it is not waiting for a probe."""
    changed = Incident.objects.filter(pk=incident.pk, state=State.OPEN).update(
        probe_due_at=database_now()
    )
    if changed:
        record("incident.probed", incident, actor)
    return bool(changed)


@transaction.atomic
def tick(now: datetime, *, actor: trail.Actor) -> int:
    """Each second: probe what is out, let go what catches up, close what is done; how many runs
    were let go."""
    TargetError.objects.filter(at__lt=now - WITHIN).delete()
    released = _let_go_stragglers(now)
    for incident in Incident.objects.active().order_by("pk").select_for_update(skip_locked=True):
        if incident.state == State.DRAINING:
            released += _drain(incident, now, actor)
        elif incident.probe_due_at <= now:
            released += _probe(incident, now)
    if released:
        wakeups.tell_on_commit()
    return released


def _probe(incident: Incident, now: datetime) -> int:
    """One run tests the target."""
    released = _let_go(incident, 1, now, which=_TO_PROBE)
    if released:
        incident.probes += 1
        incident.probe_due_at = now + interval(incident.probes)
        incident.released += released
        incident.save(update_fields=["probes", "probe_due_at", "released"])
    return released


def _drain(incident: Incident, now: datetime, actor: trail.Actor) -> int:
    released = _let_go(incident, incident.rate, now)
    incident.released += released
    incident.rate = min(FASTEST, incident.rate * 2)
    incident.save(update_fields=["released", "rate"])
    if not released and not Run.objects.waits_for(incident, now).exists():
        _close(incident, now, actor)
    return released


def _close(incident: Incident, now: datetime, actor: trail.Actor) -> None:
    incident.state, incident.closed_at = State.CLOSED, now
    incident.save(update_fields=["state", "closed_at"])
    record("incident.closed", incident, actor, released=incident.released)
    _tell_closed(incident, now)


# Claims are made in order of `due_at`, so each is due a microsecond after the one before it.
_LET_GO = """
WITH chosen AS (
    SELECT id, published_at FROM provisioning_run AS mine
    WHERE parked AND incident_id = %(incident)s {which} LIMIT %(count)s FOR UPDATE SKIP LOCKED),
numbered AS (SELECT id, row_number() OVER (ORDER BY published_at, id) AS number FROM chosen)
UPDATE provisioning_run AS run SET parked = false, retry_from_at = %(now)s,
    due_at = %(now)s + numbered.number * interval '1 microsecond'
FROM numbered WHERE run.id = numbered.id
"""
_IN_ORDER = "ORDER BY published_at, id"
# The oldest that is first in its lane, of a rule that has not tested this target yet where there
# is one: what one rule cannot do must not keep the others waiting.
_TO_PROBE = """
AND NOT EXISTS (
    SELECT 1 FROM provisioning_run AS other
    WHERE other.lane = mine.lane AND other.id <> mine.id
      AND other.state IN ('pending', 'running', 'retrying')
      AND (other.published_at, other.id) < (mine.published_at, mine.id))
ORDER BY rule_id IN (
    SELECT rule_id FROM provisioning_run AS tested
    WHERE tested.parked AND tested.incident_id = %(incident)s
      AND tested.retry_from_at >= %(opened_at)s),
  retry_from_at NULLS FIRST, published_at, id
"""


def _let_go(incident: Incident, count: int, now: datetime, *, which: str = _IN_ORDER) -> int:
    values: dict[str, Any] = {
        "now": now, "incident": incident.pk, "opened_at": incident.opened_at, "count": count,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_LET_GO.format(which=which), values)
        return int(cursor.rowcount)


def _let_go_stragglers(now: datetime) -> int:
    """Runs that a worker parked in the very moment in which the incident was closed."""
    late = Run.objects.filter(parked=True, incident__state=State.CLOSED)
    return Run.objects.filter(pk__in=late.values("pk")).update(
        parked=False, due_at=now, retry_from_at=now
    )


def _tell_closed(incident: Incident, now: datetime) -> None:
    took = round((now - incident.opened_at).total_seconds() / 60) or 1
    notices.tell(
        kind="incident",
        key=f"incident:{incident.code}:closed",
        subject=f"{incident.target} has recovered",
        text=f"{incident.target} answers again after {took} min. "
        f"{incident.released} waiting runs were let go; nothing waits for it any more.",
        path="/incidents/",
        now=now,
    )
