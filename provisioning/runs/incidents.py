"""Targets that are out: recognised from what several runs meet, and what then becomes of work.

One incident opens for a target when several runs in a row fail for a passing reason and none
succeeds. Work whose next step calls that target is parked, without a call, while everything else
goes on. A probe, the oldest parked run, tests the target from time to time; once a call succeeds,
parked work is let go, oldest first, a little more each second.
"""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from audit import trail
from provisioning import notices
from provisioning.clocks import database_now
from provisioning.runs.models import Attempt, Run
from provisioning.runs.troubles import Incident, TargetError

#: So many runs without a success between, within this time, and the target is out.
RUNS = 5
WITHIN = timedelta(minutes=2)
PROBE_FIRST, PROBE_CAP = timedelta(seconds=10), timedelta(minutes=5)
#: Runs let go in the first second of catching up.
SLOWEST = 2
#: For how long this process believes what it read of the incidents.
BELIEVED_SECONDS = 1.0

#: Passing errors that say nothing of the target as a whole.
_OF_ONE_RUN = frozenset({"not_visible", "internal_error", "interrupted"})
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

    run: Run
    target: str
    good: bool
    code: str


def sign_of(run: Run, action: str, result: str, code: str) -> Sign | None:
    """None where an attempt says nothing of its target."""
    if result in _GOOD:
        return Sign(run, target_of(action), True, "")
    if result in _BAD and code not in _OF_ONE_RUN:
        return Sign(run, target_of(action), False, code)
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


def blocking(run: Run, action: str) -> int | None:
    """The incident because of which this run may not call this action now, if there is one."""
    incident = _seen().incidents.get(target_of(action))
    return None if incident == run.incident_id else incident


def observe(signs: Sequence[Sign], *, actor: trail.Actor) -> None:
    """Learn from what was called, in the transaction that writes it down. Runs that are to be
    tried again at a target that is out are parked: the caller writes them."""
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
        _forgive(target)
        if incident is not None:
            _answers_again(incident, now, actor)
    if since and _count(target, since, now) >= RUNS:
        incident = _out(target, since[0].code, now, actor)
    # While a target catches up, a run that fails once more keeps its own pause: parked, it would
    # be let go again a second later.
    if incident is not None and incident.state == State.OPEN:
        _park(incident, [sign.run for sign in signs if not sign.good])


def _forgive(target: str) -> None:
    errors = TargetError.objects.filter(target=target).order_by("pk")
    mine = list(errors.select_for_update(skip_locked=True).values_list("pk", flat=True))
    TargetError.objects.filter(pk__in=mine).delete()


def _count(target: str, signs: Iterable[Sign], now: datetime) -> int:
    """Write these errors down; how many runs have met one lately without a success since."""
    runs = sorted({sign.run.pk for sign in signs})
    TargetError.objects.bulk_create(
        [TargetError(target=target, run_id=run, at=now) for run in runs],
        update_conflicts=True,
        unique_fields=["target", "run_id"],
        update_fields=["at"],
    )
    return TargetError.objects.filter(target=target, at__gt=now - WITHIN).count()


def _out(target: str, cause: str, now: datetime, actor: trail.Actor) -> Incident | None:
    """Open the incident, or let the one that is catching up wait again."""
    Incident.objects.bulk_create(
        [
            Incident(
                target=target, cause=cause, opened_at=now, probe_due_at=now + PROBE_FIRST,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    incident = Incident.objects.active().select_for_update().filter(target=target).first()
    if incident is None:  # it was closed in this very moment; the next error opens another
        return None
    if incident.opened_at == now:
        _park_counted(incident)
        _forgive(target)
        record("incident.opened", incident, actor, cause=cause, runs=RUNS)
        _tell_opened(incident, now)
    elif incident.state == State.DRAINING:
        _park_counted(incident)
        _forgive(target)
        incident.state, incident.rate = State.OPEN, 0
        incident.probe_due_at = now + interval(incident.probes)
        incident.save(update_fields=["state", "rate", "probe_due_at"])
        record("incident.stalled", incident, actor, cause=cause)
    return incident


def _answers_again(incident: Incident, now: datetime, actor: trail.Actor) -> None:
    changed = Incident.objects.filter(pk=incident.pk, state=State.OPEN).update(
        state=State.DRAINING, draining_at=now, rate=SLOWEST
    )
    incident.state = State.DRAINING
    if changed:
        record("incident.draining", incident, actor, probes=incident.probes)


def _park_counted(incident: Incident) -> None:
    """The runs whose errors were counted wait too, or they would be the last to be let go."""
    counted = TargetError.objects.filter(target=incident.target).values("run_id")
    retrying = Run.objects.filter(pk__in=counted, state=Run.State.RETRYING, parked=False)
    locked = retrying.order_by("pk").select_for_update(skip_locked=True, of=("self",))
    Run.objects.filter(pk__in=list(locked.values_list("pk", flat=True))).update(
        parked=True, incident=incident, due_at=incident.probe_due_at
    )


def interval(probes: int) -> timedelta:
    """How long to wait after so many probes."""
    return min(PROBE_CAP, PROBE_FIRST * (1 << min(probes, 10)))


def _park(incident: Incident, runs: Iterable[Run]) -> None:
    for run in runs:
        if run.state == Run.State.RETRYING:
            park(run, incident.pk, incident.probe_due_at)


def park(run: Run, incident: int, until: datetime) -> None:
    """Hand it out to nobody until the incident lets it go; the caller writes it."""
    run.parked, run.incident_id, run.due_at = True, incident, until


def record(verb: str, incident: Incident, actor: trail.Actor, **data: object) -> None:
    obj = trail.Object("incident", incident.code, incident.target)
    trail.record(verb, actor=actor, obj=obj, data={"target": incident.target, **data})


def _tell_opened(incident: Incident, now: datetime) -> None:
    notices.tell(
        kind="incident",
        key=f"incident:{incident.code}:opened",
        subject=f"{incident.target} is out: {incident.cause}",
        text=f"{RUNS} runs in a row could not use {incident.target} ({incident.cause}). Work for "
        "it waits in order and goes on by itself as soon as it answers; all other work goes on.",
        path="/incidents/",
        now=now,
    )
