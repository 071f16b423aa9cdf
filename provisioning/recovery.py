"""What the clock does: wake workers for whatever is due, let go of what nobody decided, and keep
small tables small."""

import logging
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db import transaction
from django.db.models import Q

from audit import trail
from provisioning import reminding, wakeups
from provisioning.approvals import requests
from provisioning.approvals.models import Approval
from provisioning.database import AWAY
from provisioning.events.models import Delivery, RefusalCount, SignOut
from provisioning.notices import sending
from provisioning.notices.models import Notice
from provisioning.plans import deciding, executing, gathering
from provisioning.processes import Process
from provisioning.rules import backtests, coverage, publishing
from provisioning.runs import asking, catching_up, claiming, holding, scheduling, triage

log = logging.getLogger(__name__)

#: Refused calls are told apart for this long; their hourly counts are kept longer.
KEEP_REFUSED = timedelta(days=30)
KEEP_COUNTS = timedelta(days=400)
#: A key is remembered for as long as anybody might tell the same thing again.
KEEP_NOTICES = timedelta(days=400)
#: No session lives as long, and no token for a machine either.
KEEP_SIGN_OUTS = timedelta(days=400)

#: Whether a worker would find something to do.
DUE = (
    claiming.any_claimable,
    scheduling.any_claimable,
    asking.any_waiting,
    executing.any_claimable,
    gathering.any_ungathered,
    sending.any_due,
    coverage.any_due,
)


def sweep(now: datetime) -> None:
    """Tell the workers if anything can be claimed: it is due, or its worker is gone.

    What only waits for its lane is left alone; a drain would find nothing to do.
    """
    if any(found() for found in DUE) or backtests.any_due(now):
        wakeups.tell()


class Owner(Protocol):
    """Lets go of the thing of an approval that nobody decided, in the caller's transaction."""

    def __call__(self, approval: Approval, *, actor: trail.Actor) -> None: ...


#: kind of approval -> who owns its things; kinds that need nothing done have no line
OWNERS: Mapping[str, Owner] = {
    asking.KIND: holding.expired,
    deciding.KIND: deciding.expired,
    publishing.KIND: publishing.expired,
}
#: kind of approval -> locks its thing, where that is locked before the request
HOLDS: Mapping[str, Callable[[Approval], None]] = {deciding.KIND: deciding.hold}


def expire(now: datetime) -> None:
    """End requests that nobody decided in time, and what they were about, each by itself: one whose
    thing cannot be let go must not keep all others open."""
    for approval in Approval.objects.overdue(now).defer("content").order_by("expires_at"):
        try:
            _expire(approval, now)
        except AWAY:
            raise
        except Exception:
            log.exception("The request %s cannot be ended", approval.code)


@transaction.atomic
def _expire(overdue: Approval, now: datetime) -> None:
    if hold := HOLDS.get(overdue.kind):
        hold(overdue)
    approval = requests.expire(overdue, now, actor=clock_actor())
    if approval is None:
        return
    if owner := OWNERS.get(approval.kind):
        owner(approval, actor=clock_actor())
    reminding.tell_expired(approval, now)


def prune(now: datetime) -> None:
    Process.objects.filter(seen_at__lt=now - timedelta(days=1)).delete()
    SignOut.objects.filter(at__lt=now - KEEP_SIGN_OUTS).delete()
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


def let_go_needless(now: datetime) -> None:
    catching_up.let_go_needless(now)


@dataclass(frozen=True, slots=True)
class Task:
    name: str
    every: timedelta
    run: Callable[[datetime], None]


TASKS = (
    Task("sweep", timedelta(seconds=1), sweep),
    Task("tend_incidents", timedelta(seconds=1), tend_incidents),
    Task("let_go_needless", timedelta(seconds=10), let_go_needless),
    Task("wake_snoozed", timedelta(seconds=15), wake_snoozed),
    Task("keep_coverage", timedelta(seconds=5), coverage.keep_needed),
    Task("expire", timedelta(seconds=5), expire),
    Task("tell_waiting", timedelta(seconds=5), reminding.tell_waiting),
    Task("tell_daily", timedelta(minutes=15), reminding.tell_daily),
    Task("prune", timedelta(hours=1), prune),
)
