"""Computing a draft: workers render what items would call and read their targets, a slice at a
time, so that no worker waits and nobody's rate is exceeded."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from audit import trail
from provisioning import bulk, failpoints
from provisioning.clocks import database_now
from provisioning.plans import claiming, counting
from provisioning.plans.effects import Sight
from provisioning.plans.kinds import KINDS
from provisioning.plans.models import Plan, PlanItem

#: Items of one slice at most, whether their targets are read or not.
SLICE = 100
_FIELDS = ("klass", "sub_group", "why", "effect", "examined_at")


def compute_slice(plan: Plan, *, actor: trail.Actor) -> None:
    """Examine the next items of a claimed draft, and give it back."""
    now = database_now()
    items = list(plan.items.unexamined().order_by("position")[:SLICE])
    found = KINDS[plan.kind].examine(
        plan,
        items,
        now,
        most_looks=settings.PLAN_LOOKS_PER_SECOND,
        look_to=settings.PLAN_MOST_LOOKS,
    )
    with transaction.atomic():
        if not claiming.still_mine(plan, Plan.State.DRAFT):
            return
        _keep(items, found, now)
        failpoints.reach("plan.before_slice_commit")
        if not plan.items.unexamined().exists():
            _computed(plan, actor, now)
            return
    failpoints.reach("plan.after_slice_commit")
    looked = any(sight.looks for sight in found.values())
    claiming.give_back(plan, claiming.in_seconds(now, 1) if looked else now)


def _keep(items: list[PlanItem], found: dict[int, Sight], now: datetime) -> None:
    seen = [item for item in items if item.pk in found]
    for item in seen:
        sight = found[item.pk]
        item.klass, item.sub_group, item.why = sight.klass, sight.sub_group, sight.why
        item.effect, item.examined_at = sight.effect, now
    bulk.update(PlanItem, seen, _FIELDS)


def _computed(plan: Plan, actor: trail.Actor, now: datetime) -> None:
    kept = counting.to_keep(plan)
    Plan.objects.filter(pk=plan.pk).update(computed_at=now, due_at=None, lease_until=None, **kept)
    trail.record(
        "plan.computed",
        actor=actor,
        obj=trail.Object("plan", plan.code, plan.title),
        data={"counts": kept["counts"], "checksum": plan.checksum},
    )
