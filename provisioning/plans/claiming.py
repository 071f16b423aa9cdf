"""Claiming plans: one counted UPDATE gives a lease and a new fence that every later write names."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from provisioning import bulk
from provisioning.plans.models import Plan

_CLAIMABLE = """
    SELECT id FROM provisioning_plan
    WHERE due_at <= clock_timestamp() AND state IN ('selecting', 'classifying', 'draft', 'ready',
        'running', 'cancelled', 'rejected', 'expired')
      AND (lease_until IS NULL OR lease_until < clock_timestamp())
"""
_CLAIM = f"""
UPDATE provisioning_plan SET
    fence = fence + 1, worker = %s, lease_until = clock_timestamp() + %s::interval
WHERE id IN ({_CLAIMABLE} ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""  # noqa: S608 - built from constants


def claim(worker: str) -> Plan | None:
    """The plan that is due longest, for this worker; None where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [worker, f"{settings.LEASE_SECONDS} seconds"])
        row = cursor.fetchone()
    return Plan.objects.get(pk=row[0]) if row else None


def any_claimable() -> bool:
    """Whether a worker would find a plan to claim now."""
    return bulk.any_row(_CLAIMABLE)


def still_mine(plan: Plan, state: str) -> bool:
    """Whether the claim holds and nobody has decided otherwise; locks the plan for the caller's
    transaction."""
    rows = Plan.objects.filter(pk=plan.pk, fence=plan.fence, state=state)
    return rows.select_for_update().exists()


def give_back(plan: Plan, due_at: datetime | None) -> None:
    """Let go of the plan; the next claim may come at `due_at`. Nothing, if it was taken."""
    rows = Plan.objects.filter(pk=plan.pk, fence=plan.fence)
    worked = rows.filter(state__in=Plan.WORKED_STATES)
    worked.update(due_at=due_at, lease_until=None)
    rows.exclude(state__in=Plan.WORKED_STATES).update(lease_until=None)


def in_seconds(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)
