"""Classifying the items of a large draft anew, when it is to begin elsewhere or to take another
version of the rule: workers do it, a slice at a time. Whoever takes over goes on behind the last
slice that is kept.
"""

from django.db import transaction

from audit import trail
from provisioning import failpoints, wakeups
from provisioning.clocks import database_now
from provisioning.plans import claiming, counting
from provisioning.plans.kinds import KINDS
from provisioning.plans.models import Plan
from provisioning.plans.steering import moved

#: Items of one slice: about a second's work.
SLICE = 2_000


def ask(plan: Plan) -> None:
    """Leave the locked draft to workers. Raises CannotRelease."""
    moved(
        plan,
        Plan.State.CLASSIFYING,
        classified_to=0,
        computed_at=None,
        counts={},
        effects=None,
        due_at=database_now(),
    )
    wakeups.tell_on_commit()


def classify_slice(plan: Plan, *, actor: trail.Actor) -> None:
    """Classify the next items of a claimed plan, and give it back."""
    after = plan.classified_to or 0
    up_to = min(after + SLICE, plan.item_count)
    with transaction.atomic():
        if not claiming.still_mine(plan, Plan.State.CLASSIFYING):
            return
        KINDS[plan.kind].classify(plan, after=after, up_to=up_to)
        Plan.objects.filter(pk=plan.pk).update(classified_to=up_to)
        failpoints.reach("plan.before_slice_commit")
        if up_to == plan.item_count:
            drafted(plan, "plan.classified", actor=actor)
            return
    failpoints.reach("plan.after_slice_commit")
    claiming.give_back(plan, database_now())


def drafted(plan: Plan, verb: str, *, actor: trail.Actor) -> None:
    """Its last item is made, or classified anew: from here on it is a draft like any other."""
    kept = counting.to_keep(plan)
    Plan.objects.filter(pk=plan.pk, state=plan.state).update(
        state=Plan.State.DRAFT,
        classified_to=None,
        due_at=database_now(),
        lease_until=None,
        **kept,
    )
    trail.record(
        verb,
        actor=actor,
        obj=trail.Object("plan", plan.code, plan.title),
        data={"items": plan.item_count, "checksum": plan.checksum, "counts": kept["counts"]},
    )
