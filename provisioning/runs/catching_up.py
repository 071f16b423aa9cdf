"""Each second: probe the targets that are out, and let go what waited for those that answer."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from audit import trail
from provisioning import notices, wakeups
from provisioning.clocks import database_now
from provisioning.rules.matching import listeners
from provisioning.runs import profiles, waiting
from provisioning.runs.incidents import OKTA, WITHIN, interval, record
from provisioning.runs.troubles import Incident, TargetError

#: How many are let go in one second at most; each second allows twice as many as the one before.
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
    """Each second: probe what is out, let go what catches up, close what is done; how many were
    let go."""
    TargetError.objects.filter(at__lt=now - WITHIN).delete()
    released = waiting.let_go_stragglers(now)
    for incident in Incident.objects.active().order_by("pk").select_for_update(skip_locked=True):
        if incident.state == State.DRAINING:
            released += _drain(incident, now, actor)
        elif incident.probe_due_at <= now:
            released += _probe(incident, now)
    if released:
        wakeups.tell_on_commit()
    return released


@transaction.atomic
def let_go_needless(now: datetime) -> int:
    """Events that wait for Okta although no rule needs their person any more, as after a rule was
    switched off: no probe of theirs would ever call Okta."""
    incident = Incident.objects.filter(target=OKTA, state=State.OPEN).first()
    if incident is None:
        return 0
    released = waiting.let_go_needless(incident, profiles.needing(listeners()), FASTEST, now)
    if released:
        Incident.objects.filter(pk=incident.pk).update(released=F("released") + released)
        wakeups.tell_on_commit()
    return released


def _probe(incident: Incident, now: datetime) -> int:
    """One that waits tests the target."""
    released = waiting.let_one_test(incident, now)
    if released:
        incident.probes += 1
        incident.probe_due_at = now + interval(incident.probes)
        incident.released += released
        incident.save(update_fields=["probes", "probe_due_at", "released"])
    return released


def _drain(incident: Incident, now: datetime, actor: trail.Actor) -> int:
    released = waiting.let_go(incident, incident.rate, now)
    incident.released += released
    incident.rate = min(FASTEST, incident.rate * 2)
    incident.save(update_fields=["released", "rate"])
    if not released and not waiting.anything_waits(incident, now):
        _close(incident, now, actor)
    return released


def _close(incident: Incident, now: datetime, actor: trail.Actor) -> None:
    incident.state, incident.closed_at = State.CLOSED, now
    incident.save(update_fields=["state", "closed_at"])
    record("incident.closed", incident, actor, released=incident.released)
    _tell_closed(incident, now)


def _tell_closed(incident: Incident, now: datetime) -> None:
    took = round((now - incident.opened_at).total_seconds() / 60) or 1
    notices.tell(
        kind="incident",
        key=f"incident:{incident.code}:closed",
        subject=f"{incident.target} has recovered",
        text=f"{incident.target} answers again after {took} min. "
        f"What waited was let go, {incident.released} in all; nothing waits for it any more.",
        path="/incidents/",
        now=now,
    )
