"""What the clock does: wake workers for whatever is due, let go of what nobody decided, and keep
small tables small."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db import transaction
from django.db.models import Q

from audit import trail
from provisioning import wakeups
from provisioning.approvals import requests
from provisioning.approvals.models import Approval
from provisioning.events.models import Delivery, RefusalCount
from provisioning.processes import Process
from provisioning.rules import backtests, publishing
from provisioning.runs import asking, claiming, holding, scheduling

#: Refused calls are told apart for this long; their hourly counts are kept longer.
KEEP_REFUSED = timedelta(days=30)
KEEP_COUNTS = timedelta(days=400)
CLOCK_ACTOR = trail.Actor("clock", "clock", "", "clock")


def sweep(now: datetime) -> None:
    """Tell the workers if anything can be claimed: it is due, or its worker is gone.

    What only waits for its lane is left alone; a drain would find nothing to do.
    """
    due = claiming.any_claimable() or scheduling.any_claimable()
    if due or asking.any_waiting() or backtests.any_due(now):
        wakeups.tell()


class Owner(Protocol):
    """Lets go of the thing of an approval that nobody decided, in the caller's transaction."""

    def __call__(self, approval: Approval, *, actor: trail.Actor) -> None: ...


#: kind of approval -> who owns its things; kinds that need nothing done have no line
OWNERS: Mapping[str, Owner] = {
    asking.KIND: holding.expired,
    publishing.KIND: publishing.expired,
}


@transaction.atomic
def expire(now: datetime) -> None:
    """End requests that nobody decided in time, and what they were about."""
    for approval in requests.expire_due(now, actor=CLOCK_ACTOR):
        if owner := OWNERS.get(approval.kind):
            owner(approval, actor=CLOCK_ACTOR)


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
    Task("expire", timedelta(seconds=5), expire),
    Task("prune", timedelta(hours=1), prune),
)
