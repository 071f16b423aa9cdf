"""Items that never will run are put to their end: skipped, since they were not chosen, or cancelled
with their plan. Of a large plan workers do it, a slice at a time: what a person decides holds at
once, and nobody waits for the rows.
"""

from django.db import transaction

from provisioning import failpoints
from provisioning.clocks import database_now
from provisioning.plans import claiming
from provisioning.plans import options as choosing
from provisioning.plans.models import Plan, PlanItem, PlanItemQuerySet
from provisioning.plans.options import Options

State = PlanItem.State
#: Items of one slice: about a second's work.
SLICE = 5_000


def set_aside(plan: Plan, chosen: Options) -> None:
    """Skip all that is of no chosen class."""
    for rows in _unchosen(plan, chosen):
        rows.update(state=State.SKIPPED, settled_at=database_now())


def set_aside_slice(plan: Plan) -> bool:
    """Skip some items of a claimed plan, and give it back. False where none is left to skip."""
    with transaction.atomic():
        if not claiming.still_mine(plan, Plan.State.READY):
            return True
        rest = _unchosen(plan, choosing.read(plan.options))
        if not rest:
            return False
        _some(rest[0]).update(state=State.SKIPPED, settled_at=database_now())
        failpoints.reach("plan.before_slice_commit")
    failpoints.reach("plan.after_slice_commit")
    claiming.give_back(plan, database_now())
    return True


def cancel_slice(plan: Plan) -> None:
    """Cancel some items of a claimed plan that is over. It is due until none is left."""
    with transaction.atomic():
        if not claiming.still_mine(plan, plan.state):
            return
        _some(plan.items.waiting()).update(state=State.CANCELLED, settled_at=plan.finished_at)
        left = plan.items.waiting().exists()
        due_at = database_now() if left else None
        Plan.objects.filter(pk=plan.pk).update(due_at=due_at, lease_until=None)
        failpoints.reach("plan.before_slice_commit")
    failpoints.reach("plan.after_slice_commit")


def _unchosen(plan: Plan, chosen: Options) -> list[PlanItemQuerySet]:
    """The waiting items of each class and cause that was not chosen and has any."""
    waiting = plan.tallies.filter(state=State.WAITING, count__gt=0)
    causes = waiting.values_list("klass", "sub_group").distinct()
    return [
        plan.items.waiting().filter(klass=klass, sub_group=sub_group)
        for klass, sub_group in causes
        if not chosen.chosen(klass, sub_group)
    ]


def _some(rows: PlanItemQuerySet) -> PlanItemQuerySet:
    return PlanItem.objects.filter(pk__in=rows.order_by("position").values("pk")[:SLICE])
