"""Targets that are out: recognised from what several runs meet, and what then becomes of work.

One incident opens for a target when several runs in a row fail for a passing reason and none
succeeds. Work whose next step calls that target is parked, without a call, while everything else
goes on. A probe, the oldest that is parked, tests the target from time to time; once a call
succeeds, parked work is let go, oldest first, a little more each second. Events whose person has to
be read before they can be held against the rules are such work for Okta.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from audit import trail
from provisioning import notices
from provisioning.actions.base import ActionError, Transient
from provisioning.clocks import database_now
from provisioning.events.models import Event
from provisioning.runs import waiting
from provisioning.runs.models import Attempt, Run
from provisioning.runs.troubles import Incident, TargetError
from provisioning.runs.waiting import Waiter

#: The target that people's profiles are read from; also that of the actions `okta.*`.
OKTA = "okta"
#: So many runs without a success between, within this time, and the target is out.
RUNS = 5
WITHIN = timedelta(minutes=2)
PROBE_FIRST, PROBE_CAP = timedelta(seconds=10), timedelta(minutes=5)
#: How many are let go in the first second of catching up.
SLOWEST = 2
#: For how long this process believes what it read of the incidents.
BELIEVED_SECONDS = 1.0

#: Passing errors that say nothing of the target as a whole: they are of one run, or a limit that
#: names its own end, or a setting that waits for a person.
_NO_SIGNS = frozenset(
    {"not_visible", "internal_error", "interrupted", "okta_rate_limited", "okta_not_configured"}
)
#: Codes that begin like this are of one function or one mailbox; its service may be well. Where the
#: outcome is unknown they count all the same: a few of those are enough for people to look at.
_OF_ONE = ("function_", "smtp_recipient_")
_GOOD = frozenset({Attempt.Result.ACTED, Attempt.Result.ALREADY})
_BAD = frozenset({Attempt.Result.TRANSIENT, Attempt.Result.UNKNOWN})

State = Incident.State


def target_of(action: str) -> str:
    """The service that an action calls: `aws.s3` of `aws.s3.create_folder`."""
    family, _, rest = action.partition(".")
    if family == "aws":
        return f"aws.{rest.partition('.')[0]}"
    return "smtp" if family == "email" else family


@dataclass(frozen=True, slots=True)
class Sign:
    """What one call says of its target."""

    who: Waiter
    target: str
    good: bool
    code: str


def sign_of(run: Run, action: str, result: str, code: str) -> Sign | None:
    """None where an attempt says nothing of its target."""
    if result in _GOOD:
        return Sign(run, target_of(action), True, "")
    of_one = result == Attempt.Result.TRANSIENT and code.startswith(_OF_ONE)
    if result in _BAD and code not in _NO_SIGNS and not of_one:
        return Sign(run, target_of(action), False, code)
    return None


def sign_of_reading(event: Event, error: ActionError | None) -> Sign | None:
    """As `sign_of`, of the reading of an event's person."""
    if error is None:
        return Sign(event, OKTA, True, "")
    if isinstance(error, Transient) and error.code not in _NO_SIGNS:
        return Sign(event, OKTA, False, error.code)
    return None


@dataclass(slots=True)
class _Seen:
    """What this thread last read: the active incidents, and whether any error is being counted."""

    database: str
    at: float
    incidents: dict[str, int] = field(default_factory=dict)
    counting: bool = False


_local = threading.local()


def _seen() -> _Seen:
    seen: _Seen | None = getattr(_local, "seen", None)
    database = str(connection.settings_dict["NAME"])
    old = seen is None or time.monotonic() - seen.at > BELIEVED_SECONDS
    if old or seen is None or seen.database != database:
        seen = _Seen(
            database,
            time.monotonic(),
            dict(Incident.objects.active().values_list("target", "pk")),
            TargetError.objects.exists(),
        )
        _local.seen = seen
    return seen


def forget() -> None:
    """Read anew the next time."""
    _local.seen = None


def blocking(waiter: Waiter, target: str) -> int | None:
    """The incident because of which this one may not call this target now, if there is one."""
    incident = _seen().incidents.get(target)
    return None if incident == waiter.incident_id else incident


def observe(signs: Sequence[Sign], *, actor: trail.Actor) -> None:
    """Learn from what was called, in the transaction that writes it down. What is to be tried
    again at a target that is out is parked: the caller writes it."""
    if not signs or (all(sign.good for sign in signs) and not _matters()):
        return
    for target in sorted({sign.target for sign in signs}):
        _observe(target, [sign for sign in signs if sign.target == target], actor)
    forget()


def _matters() -> bool:
    seen = _seen()
    return seen.counting or bool(seen.incidents)


def _observe(target: str, signs: Sequence[Sign], actor: trail.Actor) -> None:
    now = database_now()
    incident = Incident.objects.active().filter(target=target).first()
    good = [number for number, sign in enumerate(signs) if sign.good]
    since = signs[good[-1] + 1 :] if good else signs
    if good:
        waiting.forgive(target)
        if incident is not None:
            _answers_again(incident, now, actor)
    if since and _count(target, since, now) >= RUNS:
        incident = _out(target, since[0], now, actor)
    # While a target catches up, what fails once more keeps its own pause: parked, it would be let
    # go again a second later.
    if incident is not None and incident.state == State.OPEN:
        _park(incident, [sign.who for sign in signs if not sign.good])


def _count(target: str, signs: Sequence[Sign], now: datetime) -> int:
    return waiting.count(target, [sign.who for sign in signs], now, since=now - WITHIN)


def _out(target: str, first: Sign, now: datetime, actor: trail.Actor) -> Incident | None:
    """Open the incident, or let the one that is catching up wait again."""
    Incident.objects.bulk_create(
        [
            Incident(
                target=target, cause=first.code, opened_at=now, probe_due_at=now + PROBE_FIRST,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    incident = Incident.objects.active().select_for_update().filter(target=target).first()
    if incident is None:  # it was closed in this very moment; the next error opens another
        return None
    if incident.opened_at == now:
        waiting.park_counted(incident)
        waiting.forgive(target)
        events = isinstance(first.who, Event)
        noun = "events" if events else "runs"
        record("incident.opened", incident, actor, cause=first.code, **{noun: RUNS})
        _tell_opened(incident, now, events=events)
    elif incident.state == State.DRAINING:
        waiting.park_counted(incident)
        waiting.forgive(target)
        incident.state, incident.rate = State.OPEN, 0
        incident.probe_due_at = now + interval(incident.probes)
        incident.save(update_fields=["state", "rate", "probe_due_at"])
        record("incident.stalled", incident, actor, cause=first.code)
    return incident


def _answers_again(incident: Incident, now: datetime, actor: trail.Actor) -> None:
    changed = Incident.objects.filter(pk=incident.pk, state=State.OPEN).update(
        state=State.DRAINING, draining_at=now, rate=SLOWEST
    )
    incident.state = State.DRAINING
    if changed:
        record("incident.draining", incident, actor, probes=incident.probes)


def interval(probes: int) -> timedelta:
    """How long to wait after so many probes."""
    return min(PROBE_CAP, PROBE_FIRST * (1 << min(probes, 10)))


def _park(incident: Incident, waiters: Sequence[Waiter]) -> None:
    for waiter in waiters:
        if waiting.tries_again(waiter):
            waiting.park(waiter, incident.pk, incident.probe_due_at)


def record(verb: str, incident: Incident, actor: trail.Actor, **data: object) -> None:
    obj = trail.Object("incident", incident.code, incident.target)
    trail.record(verb, actor=actor, obj=obj, data={"target": incident.target, **data})


def _tell_opened(incident: Incident, now: datetime, *, events: bool) -> None:
    who = f"{RUNS} runs in a row could not use {incident.target}"
    if events:
        who = f"For {RUNS} events in a row the person's profile could not be read from Okta"
    notices.tell(
        kind="incident",
        key=f"incident:{incident.code}:opened",
        subject=f"{incident.target} is out: {incident.cause}",
        text=f"{who} ({incident.cause}). Work for it waits in order and goes on by itself as soon "
        "as it answers; all other work goes on.",
        path="/incidents/",
        now=now,
    )
