"""What the clock does: wake workers for whatever is due, and keep small tables small."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from audit import trail
from provisioning import wakeups
from provisioning.events.models import Delivery, RefusalCount
from provisioning.notices import sending
from provisioning.notices.models import Notice
from provisioning.processes import Process
from provisioning.runs import catching_up, claiming, scheduling, triage

#: Refused calls are told apart for this long; their hourly counts are kept longer.
KEEP_REFUSED = timedelta(days=30)
KEEP_COUNTS = timedelta(days=400)
#: A key is remembered for as long as anybody might tell the same thing again.
KEEP_NOTICES = timedelta(days=400)


def sweep(now: datetime) -> None:
    """Tell the workers if anything can be claimed: it is due, or its worker is gone.

    What only waits for its lane is left alone; a drain would find nothing to do.
    """
    if claiming.any_claimable() or scheduling.any_claimable() or sending.any_due():
        wakeups.tell()


def prune(now: datetime) -> None:
    Process.objects.filter(seen_at__lt=now - timedelta(days=1)).delete()
    RefusalCount.objects.filter(hour__lt=now - KEEP_COUNTS).delete()
    Notice.objects.filter(settled_at__lt=now - KEEP_NOTICES).delete()
    old = Q(outcome=Delivery.Outcome.REFUSED, received_at__lt=now - KEEP_REFUSED)
    Delivery.objects.filter(old).delete()


def clock_actor() -> trail.Actor:
    host = socket.gethostname()
    return trail.Actor("clock", host, "", host)


def wake_snoozed(now: datetime) -> None:
    triage.wake_snoozed(now, actor=clock_actor())


def tend_incidents(now: datetime) -> None:
    catching_up.tick(now, actor=clock_actor())


@dataclass(frozen=True, slots=True)
class Task:
    name: str
    every: timedelta
    run: Callable[[datetime], None]


TASKS = (
    Task("sweep", timedelta(seconds=1), sweep),
    Task("tend_incidents", timedelta(seconds=1), tend_incidents),
    Task("wake_snoozed", timedelta(seconds=15), wake_snoozed),
    Task("prune", timedelta(hours=1), prune),
)
