"""Events that cannot be held against the rules now: put back with the reason, parked, given up."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from audit import trail
from audit.canonical import clean_text
from provisioning import bulk
from provisioning.actions.base import ActionError
from provisioning.clocks import database_now, steady_now
from provisioning.events.models import Event
from provisioning.runs import backoff, incidents, waiting
from provisioning.runs.incidents import Sign

#: Claims of one event that ended without a word before it stops being handed out.
MOST_LOST_CLAIMS = 3

SETTLED = (
    "state", "error_code", "error", "run_count", "due_at", "lease_until", "settled_at",
    "lost_claims",
)  # fmt: skip
_PUT_OFF = (*SETTLED, "attempts", "parked", "incident_id")


def still_mine(events: Sequence[Event]) -> list[Event]:
    """Those whose lease nobody else has taken meanwhile, locked."""
    fences = {event.pk: event.fence for event in events}
    rows = Event.objects.filter(pk__in=fences, state=Event.State.RECEIVED).order_by("pk")
    held = rows.select_for_update(of=("self",)).values_list("pk", "fence")
    mine = {pk for pk, fence in held if fences[pk] == fence}
    return [event for event in events if event.pk in mine]


def put_back(event: Event, error: Exception, *, actor: trail.Actor) -> None:
    """Try again later, with the reason kept; after a day the event stops and needs a person."""
    put_back_each([(event, error)], actor=actor)


@transaction.atomic
def put_back_each(
    erred: Sequence[tuple[Event, Exception]], *, signs: Sequence[Sign] = (), actor: trail.Actor
) -> None:
    """As `put_back`; what `signs` say of Okta may have them parked instead."""
    now = steady_now()
    for event, error in erred:
        _put_back(event, error, now)
    mine = still_mine([event for event, _ in erred])
    incidents.observe([one for one in signs if one.good or one.who in mine], actor=actor)
    _write(mine, actor)


def _put_back(event: Event, error: Exception, now: datetime) -> None:
    code, message = _said_of(error)
    event.error_code, event.error = code, clean_text(message)
    event.due_at = now + backoff.delay(event.attempts, getattr(error, "retry_after", None))
    since = max(event.received_at, event.retry_from_at or event.received_at)
    if backoff.given_up(since, now) and event.attempts > 1:
        event.state, event.settled_at = Event.State.FAILED, now
    else:
        # Matching may have got as far as to say otherwise, and was rolled back.
        event.state, event.settled_at = Event.State.RECEIVED, None
    event.run_count = 0


@transaction.atomic
def park(blocked: Sequence[tuple[Event, int]], target: str, *, actor: trail.Actor) -> None:
    """Hand these out to nobody until the incident lets them go; nothing was asked of the target."""
    for event, incident in blocked:
        waiting.park(event, incident, steady_now() + timedelta(seconds=1))
        event.attempts -= 1
    mine = still_mine([event for event, _ in blocked])
    _write(mine, actor)
    trail.write([_parked(event, target, actor) for event in mine])


def _parked(event: Event, target: str, actor: trail.Actor) -> trail.Row:
    obj = trail.Object("event", event.code, event.event_type)
    return trail.draft("event.parked", actor=actor, obj=obj, data={"out": target})


def set_aside_killers(events: Sequence[Event], *, actor: trail.Actor) -> list[Event]:
    """Events whose claims keep ending without a word stop here: they stop the worker each time."""
    killers = [event for event in events if event.lost_claims >= MOST_LOST_CLAIMS]
    for event in killers:
        event.state, event.settled_at = Event.State.FAILED, database_now()
        event.error_code = "worker_lost"
        event.error = f"{event.lost_claims} workers ended while they matched this event."
    if killers:
        with transaction.atomic():
            _write(still_mine(killers), actor)
    return [event for event in events if event not in killers]


def _write(mine: Sequence[Event], actor: trail.Actor) -> None:
    """Let go of these, in the caller's transaction."""
    for event in mine:
        event.lease_until, event.lost_claims = None, 0
    bulk.update(Event, mine, _PUT_OFF)
    trail.write([_gave_up(one, actor) for one in mine if one.state == Event.State.FAILED])


def _gave_up(event: Event, actor: trail.Actor) -> trail.Row:
    return trail.draft(
        "event.failed",
        actor=actor,
        obj=trail.Object("event", event.code, event.event_type),
        outcome="failed",
        data={"code": event.error_code, "error": event.error, "attempts": event.attempts},
    )


def _said_of(error: Exception) -> tuple[str, str]:
    if isinstance(error, ActionError):
        return error.code, f"{error.message} {error.hint}".strip()
    return "internal_error", f"{type(error).__name__} while the event was held against the rules."
