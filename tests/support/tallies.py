"""Whether what the database keeps of the items of plans is what counting them says."""

from collections import Counter

from provisioning.plans import counting
from provisioning.plans.models import Plan, PlanItem, PlanTally
from provisioning.plans.options import read


def tally(plan: Plan) -> dict[tuple[str, str], int]:
    """(class, state) -> how many items, as the database keeps it."""
    assert_tallied()
    found: Counter[tuple[str, str]] = Counter()
    for one in PlanTally.objects.filter(plan=plan).exclude(count=0):
        found[one.klass, one.state] += one.count
    return dict(found)


def assert_tallied() -> None:
    """What is kept of all plans is what counting their items says."""
    kept = {
        (one.plan_id, one.klass, one.sub_group, one.state, one.examined): one.count
        for one in PlanTally.objects.exclude(count=0)
    }
    items = PlanItem.objects.values_list("plan_id", "klass", "sub_group", "state", "examined_at")
    assert kept == Counter((*row[:4], row[4] is not None) for row in items)
    for plan in Plan.objects.filter(state=Plan.State.DRAFT, computed_at__isnull=False):
        from_start = read(plan.options).from_start
        assert plan.effects == counting.effects_now(plan, from_start=from_start)
