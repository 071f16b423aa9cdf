"""Events that cannot be held against the rules now: put back with the reason, or given up."""

from collections.abc import Sequence

from django.db import transaction

from audit import trail
from audit.canonical import clean_text
from provisioning import bulk
from provisioning.actions.base import ActionError
from provisioning.clocks import database_now
from provisioning.events.models import Event
from provisioning.runs import backoff

#: Claims of one event that ended without a word before it stops being handed out.
MOST_LOST_CLAIMS = 3

SETTLED = (
    "state", "error_code", "error", "run_count", "due_at", "lease_until", "settled_at",
    "lost_claims",
)  # fmt: skip


def still_mine(events: Sequence[Event]) -> list[Event]:
    """Those whose lease nobody else has taken meanwhile, locked."""
    fences = {event.pk: event.fence for event in events}
    rows = Event.objects.filter(pk__in=fences, state=Event.State.RECEIVED).order_by("pk")
    held = rows.select_for_update(of=("self",)).values_list("pk", "fence")
    mine = {pk for pk, fence in held if fences[pk] == fence}
    return [event for event in events if event.pk in mine]


def put_back(event: Event, error: Exception, *, actor: trail.Actor) -> None:
    """Try again later, with the reason kept; after a day the event stops and needs a person."""
    now = database_now()
    code, message = _said_of(error)
    event.error_code, event.error = code, clean_text(message)
    event.due_at = now + backoff.delay(event.attempts, getattr(error, "retry_after", None))
    if backoff.given_up(event.received_at, now) and event.attempts > 1:
        event.state, event.settled_at = Event.State.FAILED, now
    else:
        # Matching may have got as far as to say otherwise, and was rolled back.
        event.state, event.settled_at = Event.State.RECEIVED, None
    event.run_count = 0
    _write(event, actor)


def set_aside_killers(events: Sequence[Event], *, actor: trail.Actor) -> list[Event]:
    """Events whose claims keep ending without a word stop here: they stop the worker each time."""
    kept = []
    for event in events:
        if event.lost_claims < MOST_LOST_CLAIMS:
            kept.append(event)
            continue
        event.state, event.settled_at = Event.State.FAILED, database_now()
        event.error_code = "worker_lost"
        event.error = f"{event.lost_claims} workers ended while they matched this event."
        _write(event, actor)
    return kept


@transaction.atomic
def _write(event: Event, actor: trail.Actor) -> None:
    event.lease_until, event.lost_claims = None, 0
    if not still_mine([event]):
        return
    bulk.update(Event, [event], SETTLED)
    if event.state == Event.State.FAILED:
        trail.write([_gave_up(event, actor)])


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
