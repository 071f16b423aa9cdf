"""What the clock does: wake workers for whatever is due, and keep small tables small."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from provisioning import wakeups
from provisioning.events.models import Delivery, RefusalCount
from provisioning.processes import Process
from provisioning.rules import backtests
from provisioning.runs import claiming, scheduling

#: Refused calls are told apart for this long; their hourly counts are kept longer.
KEEP_REFUSED = timedelta(days=30)
KEEP_COUNTS = timedelta(days=400)


def sweep(now: datetime) -> None:
    """Tell the workers if anything can be claimed: it is due, or its worker is gone.

    What only waits for its lane is left alone; a drain would find nothing to do.
    """
    if claiming.any_claimable() or scheduling.any_claimable() or backtests.any_due(now):
        wakeups.tell()


def prune(now: datetime) -> None:
    Process.objects.filter(seen_at__lt=now - timedelta(days=1)).delete()
    RefusalCount.objects.filter(hour__lt=now - KEEP_COUNTS).delete()
    old = Q(outcome=Delivery.Outcome.REFUSED, received_at__lt=now - KEEP_REFUSED)
    Delivery.objects.filter(old).delete()


@dataclass(frozen=True, slots=True)
class Task:
    name: str
    every: timedelta
    run: Callable[[datetime], None]


TASKS = (
    Task("sweep", timedelta(seconds=1), sweep),
    Task("prune", timedelta(hours=1), prune),
)
