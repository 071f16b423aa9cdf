"""What waits for a target: runs whose step calls it and events whose person it knows, as rows."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from provisioning.events.models import Event
from provisioning.runs.models import Run
from provisioning.runs.troubles import Incident, TargetError

Waiter = Run | Event

_MODELS: tuple[tuple[type[Waiter], str], ...] = ((Event, "event_id"), (Run, "run_id"))


def park(waiter: Waiter, incident: int, until: datetime) -> None:
    """Hand it out to nobody until the incident lets it go; the caller writes it."""
    waiter.parked, waiter.incident_id, waiter.due_at = True, incident, until


def tries_again(waiter: Waiter) -> bool:
    """Whether it was put back to be tried once more, as the caller is about to write it."""
    again = Event.State.RECEIVED if isinstance(waiter, Event) else Run.State.RETRYING
    return bool(waiter.state == again)


def count(target: str, waiters: Iterable[Waiter], now: datetime, *, since: datetime) -> int:
    """Write down what these met; how many have met an error since then without a success."""
    waiters = list(waiters)
    for model, key in _MODELS:
        met = sorted({one.pk for one in waiters if isinstance(one, model)})
        TargetError.objects.bulk_create(
            [TargetError(target=target, at=now, **{key: pk}) for pk in met],
            update_conflicts=True,
            unique_fields=["target", key],
            update_fields=["at"],
        )
    return TargetError.objects.filter(target=target, at__gt=since).count()


def forgive(target: str) -> None:
    errors = TargetError.objects.filter(target=target).order_by("pk")
    mine = list(errors.select_for_update(skip_locked=True).values_list("pk", flat=True))
    TargetError.objects.filter(pk__in=mine).delete()


def park_counted(incident: Incident) -> None:
    """Those whose errors were counted wait too, or they would be the last to be let go."""
    errors = TargetError.objects.filter(target=incident.target)
    runs = errors.filter(run_id__isnull=False).values("run_id")
    events = errors.filter(event_id__isnull=False).values("event_id")
    _park_rows(Run.objects.filter(pk__in=runs, state=Run.State.RETRYING), incident)
    # One that has a lease is in the hands of a worker, who parks it or settles it.
    free = Event.objects.filter(pk__in=events, state=Event.State.RECEIVED, lease_until=None)
    _park_rows(free, incident)


def _park_rows(rows: QuerySet[Any], incident: Incident) -> None:
    free = rows.filter(parked=False).order_by("pk")
    locked = free.select_for_update(skip_locked=True, of=("self",))
    mine = list(locked.values_list("pk", flat=True))
    rows.model._default_manager.filter(pk__in=mine).update(
        parked=True, incident=incident, due_at=incident.probe_due_at
    )


# Claims are made in order of `due_at`, so each is due a microsecond after the one before it.
_LET_GO = """
WITH chosen AS (
    SELECT id, published_at FROM {table} AS mine
    WHERE parked AND incident_id = %(incident)s {which} LIMIT %(count)s FOR UPDATE SKIP LOCKED),
numbered AS (SELECT id, row_number() OVER (ORDER BY published_at, id) AS number FROM chosen)
UPDATE {table} AS one SET parked = false, retry_from_at = %(now)s,
    due_at = %(now)s + numbered.number * interval '1 microsecond'
FROM numbered WHERE one.id = numbered.id
"""
_FIRST_IN_LANE = """
AND NOT EXISTS (
    SELECT 1 FROM {table} AS other
    WHERE other.lane = mine.lane AND other.id <> mine.id AND other.state IN {open}
      AND (other.published_at, other.id) < (mine.published_at, mine.id))
"""
_EVENTS = {"table": "provisioning_event", "open": "('received')"}
_RUNS = {"table": "provisioning_run", "open": "('pending', 'running', 'retrying')"}
_RECEIVED = "AND state = 'received'"
_IN_ORDER = "ORDER BY published_at, id"
#: What one of them cannot do must not keep the others waiting: another one each time.
_ANOTHER = "retry_from_at NULLS FIRST, published_at, id"
_EVENT_TO_PROBE = f"{_RECEIVED} {_FIRST_IN_LANE.format(**_EVENTS)} ORDER BY {_ANOTHER}"
# Of a rule that has not tested this target yet where there is one.
_RUN_TO_PROBE = f"""
{_FIRST_IN_LANE.format(**_RUNS)}
ORDER BY rule_id IN (
    SELECT rule_id FROM provisioning_run AS tested
    WHERE tested.parked AND tested.incident_id = %(incident)s
      AND tested.retry_from_at >= %(opened_at)s),
  {_ANOTHER}
"""  # noqa: S608 - built from constants


def let_go(incident: Incident, count: int, now: datetime) -> int:
    """Up to `count` of those that wait, oldest first, events before runs; how many."""
    released = _let_go(_EVENTS, f"{_RECEIVED} {_IN_ORDER}", incident, count, now)
    return released + _let_go(_RUNS, _IN_ORDER, incident, count - released, now)


def let_one_test(incident: Incident, now: datetime) -> int:
    """The oldest that is first in its lane; 0 where there is none."""
    released = _let_go(_EVENTS, _EVENT_TO_PROBE, incident, 1, now)
    return released or _let_go(_RUNS, _RUN_TO_PROBE, incident, 1, now)


def let_go_needless(incident: Incident, needing: Collection[str], count: int, now: datetime) -> int:
    """Events of types for which no rule needs the person any more."""
    which = f"{_RECEIVED} AND event_type <> ALL(%(needing)s) {_IN_ORDER}"
    return _let_go(_EVENTS, which, incident, count, now, needing=sorted(needing))


def _let_go(
    kind: dict[str, str], which: str, incident: Incident, count: int, now: datetime, **more: object
) -> int:
    if count <= 0:
        return 0
    values: dict[str, Any] = {
        "now": now, "incident": incident.pk, "opened_at": incident.opened_at, "count": count,
        **more,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_LET_GO.format(table=kind["table"], which=which), values)
        return int(cursor.rowcount)


#: What of the same lane comes first: until it is settled, nobody can try the one after it.
_EARLIER = Event.objects.filter(lane=OuterRef("lane"), state=Event.State.RECEIVED).filter(
    Q(published_at__lt=OuterRef("published_at"))
    | Q(published_at=OuterRef("published_at"), pk__lt=OuterRef("pk"))
)


def anything_waits(incident: Incident, now: datetime) -> bool:
    """Parked, or let go and not tried since."""
    events = Event.objects.filter(incident=incident, state=Event.State.RECEIVED)
    let_go = Q(parked=False, due_at__lte=now) & ~Exists(_EARLIER)
    if events.filter(Q(parked=True) | let_go).exists():
        return True
    return Run.objects.waits_for(incident, now).exists()


def let_go_stragglers(now: datetime) -> int:
    """What a worker parked in the very moment in which the incident was closed."""
    released = 0
    for late in (Event.objects.parked(), Run.objects.filter(parked=True)):
        rows: QuerySet[Any] = late.filter(incident__state=Incident.State.CLOSED)
        again = rows.model._default_manager.filter(pk__in=rows.values("pk"))
        released += again.update(parked=False, due_at=now, retry_from_at=now)
    return released
