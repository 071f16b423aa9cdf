"""Making the items of a large plan: workers do it, a slice at a time, from the list that was frozen
when it was asked for. Whoever takes over goes on behind the last item that is there.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max

from audit import trail
from provisioning import bulk, failpoints
from provisioning.clocks import database_now
from provisioning.plans import claiming
from provisioning.plans.classifying import drafted
from provisioning.plans.kinds import KINDS
from provisioning.plans.large_models import PlanSelection, Row
from provisioning.plans.models import Plan, PlanItem
from provisioning.runs.models import Run

#: Items of one slice: about a second's work.
SLICE = 2_000
USUAL = PlanItem.Class.WOULD_ACT


def fill_slice(plan: Plan, *, actor: trail.Actor) -> None:
    """Make and classify the next items of a claimed plan, and give it back."""
    with transaction.atomic():
        if not claiming.still_mine(plan, Plan.State.SELECTING):
            return
        last = plan.items.aggregate(last=Max("position"))["last"] or 0
        some, count = PlanSelection.objects.part(plan, last, SLICE)
        bulk.insert(PlanItem, items_of(plan, last, some))
        KINDS[plan.kind].classify(plan, after=last)
        failpoints.reach("plan.before_slice_commit")
        if last + len(some) == count:
            drafted(plan, "plan.filled", actor=actor)
            PlanSelection.objects.filter(plan=plan).delete()
            return
    failpoints.reach("plan.after_slice_commit")
    claiming.give_back(plan, database_now())


def items_of(plan: Plan, last: int, rows: Sequence[Row]) -> list[PlanItem]:
    """Items for these keys and runs, behind the last that is there, of the class that most turn
    out to be of: those need not be written once more."""
    columns = ("event_id", "person_id", "person_login")
    found = Run.objects.filter(pk__in={run for _, run in rows}).values_list("pk", *columns)
    runs = {pk: dict(zip(columns, values, strict=True)) for pk, *values in found}
    return [
        PlanItem(plan=plan, position=position, key=key, run_id=run, klass=USUAL, **runs[run])
        for position, (key, run) in enumerate(rows, start=last + 1)
    ]
