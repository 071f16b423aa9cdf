"""From event to runs: claim what is due, ask Okta and the rules, make runs."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import Error, connection, transaction

from audit import trail
from provisioning import bulk, failpoints, wakeups
from provisioning.clocks import database_now
from provisioning.database import AWAY
from provisioning.events import people, sign_outs
from provisioning.events.models import Event, EventProfile, Person
from provisioning.events.people import Reading
from provisioning.rules.matching import Listener, ask, listeners
from provisioning.runs import leases, postponing, profiles
from provisioning.runs.making import Match, store
from provisioning.runs.seeing import facts

log = logging.getLogger(__name__)

# One event of a lane at a time, the oldest first: what a person's profile was before an event is
# what it was after the one before it.
_CLAIMABLE = """
    SELECT id, lease_until IS NOT NULL AS lost FROM provisioning_event AS mine
    WHERE state = 'received' AND NOT parked AND due_at <= clock_timestamp()
      AND (lease_until IS NULL OR lease_until < clock_timestamp())
      AND NOT EXISTS (
        SELECT 1 FROM provisioning_event AS other
        WHERE other.lane = mine.lane AND other.state = 'received'
          AND (other.published_at, other.id) < (mine.published_at, mine.id))
"""
_CLAIM = f"""
WITH found AS ({_CLAIMABLE} ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE provisioning_event SET
    fence = fence + 1,
    attempts = attempts + 1,
    lost_claims = lost_claims + CASE WHEN lease_until IS NULL THEN 0 ELSE 1 END,
    lease_until = clock_timestamp() + %(lease)s::interval
WHERE id IN ({leases.ALONE_IF_LOST})
RETURNING id
"""  # noqa: S608 - built from constants


def schedule_due(*, limit: int, actor: trail.Actor) -> int:
    """Claim up to `limit` due events and make their runs; how many were claimed."""
    events = claim(limit)
    if not events:
        return 0
    with leases.hold(Event, {event.pk: event.fence for event in events}):
        failpoints.reach("schedule.after_claim")
        _schedule(postponing.set_aside_killers(events, actor=actor), actor=actor)
    return len(events)


def claim(limit: int) -> list[Event]:
    lease = f"{settings.LEASE_SECONDS} seconds"
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"lease": lease, "limit": limit})
        ids = [row[0] for row in cursor.fetchall()]
    return list(Event.objects.filter(pk__in=ids).order_by("published_at", "id")) if ids else []


def any_claimable() -> bool:
    """Whether a worker would find an event to claim now."""
    return bulk.any_row(_CLAIMABLE)


def _schedule(events: Sequence[Event], *, actor: trail.Actor) -> None:
    """Ask Okta and the rules."""
    sign_outs.note(events)
    try:
        by_type = listeners()
        ready, readings = profiles.read(events, by_type, actor=actor)
    except Error:
        raise
    except Exception as error:
        log.exception("Events could not be held against the rules")
        for event in events:
            postponing.put_back(event, error, actor=actor)
        return
    _match_or_put_back(ready, by_type, readings, actor=actor)


def _match_or_put_back(
    events: Sequence[Event],
    by_type: Mapping[str, list[Listener]],
    readings: Mapping[str, Reading],
    *,
    actor: trail.Actor,
) -> None:
    """Match these together; if that fails, each alone, so that one cannot stop the others."""
    if not events:
        return
    try:
        with transaction.atomic():
            _match(events, by_type, readings, actor=actor)
        failpoints.reach("schedule.after_commit")
    except AWAY:
        raise
    except Exception as error:
        if len(events) > 1:
            for event in events:
                _match_or_put_back([event], by_type, readings, actor=actor)
            return
        log.exception("Event %s could not be held against the rules", events[0].code)
        postponing.put_back(events[0], error, actor=actor)


def _match(
    events: Sequence[Event],
    by_type: Mapping[str, list[Listener]],
    readings: Mapping[str, Reading],
    *,
    actor: trail.Actor,
) -> None:
    now = database_now()
    persons = people.locked(events, now=now)
    matches = []
    for event in postponing.still_mine(events):
        person = persons.get(event.person_id)
        matches.append(_ask(event, person, readings.get(event.person_id), by_type, now=now))
    store(matches, persons, actor=actor, now=now)


def _ask(
    event: Event,
    person: Person | None,
    reading: Reading | None,
    by_type: Mapping[str, list[Listener]],
    *,
    now: datetime,
) -> Match:
    listening = by_type.get(event.event_type, [])
    profile = None
    if reading is not None and person is not None:
        profile = EventProfile(
            event=event,
            read_at=now,
            user=reading.user,
            previous=person.user,
            groups=reading.groups,
            person_is_new=event.event_type == "user.lifecycle.create" and person.user is None,
        )
    if person is not None:
        people.learn(person, event, reading.user if reading else None, now=now)
    return Match(event, ask(listening, facts(event, profile)), profile)


@transaction.atomic
def retry_event(event: Event, *, actor: trail.Actor) -> bool:
    """Hold a failed event against the rules again. False if it is not failed any more, or if it
    has runs, which are replayed instead."""
    now = database_now()
    changed = Event.objects.filter(
        pk=event.pk, state=Event.State.FAILED, run_count=0, settled_at__isnull=False
    ).update(state=Event.State.RECEIVED, due_at=now, settled_at=None, attempts=0, retry_from_at=now)
    if not changed:
        return False
    trail.record(
        "event.retried", actor=actor, obj=trail.Object("event", event.code, event.event_type)
    )
    wakeups.tell_on_commit()
    return True
