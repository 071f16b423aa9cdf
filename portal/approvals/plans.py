"""A plan, or the release of a brake, as its approval shows it: how many of what, for whom."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from portal import jsonview
from portal.brake import telling
from portal.masking import masked, masked_text
from portal.plans import approving
from provisioning.approvals.models import Approval
from provisioning.plans.models import Plan
from provisioning.plans.splitting import department_of
from provisioning.runs import braked
from provisioning.runs.brake_models import Brake

#: Items that are named; the others are counted.
MOST_ITEMS = 100


def effect(approval: Approval) -> Mapping[str, Any]:
    if approval.object_kind == "brake":
        return _release(approval)
    plan = Plan.objects.filter(code=approval.object_code).first()
    if plan is None or plan.kind != Plan.Kind.BURST:
        return approving.effect(approval)
    return _burst(plan, approval)


def line(approval: Approval) -> str:
    if approval.object_kind == "brake":
        return masked_text(approval.reason or approval.title)
    return approving.line(approval)


def _release(approval: Approval) -> Mapping[str, Any]:
    brake = Brake.objects.select_related("rule").filter(code=approval.object_code).first()
    if brake is None:
        return {"tree": jsonview.tree(masked(approval.content))}
    found = braked.waiting(brake)
    others = [other for other in telling.on() if other.pk != brake.pk]
    return {
        "brake": brake,
        "what": telling.what(brake),
        "found": found,
        "told": telling.consequences(found, others),
    }


def _burst(plan: Plan, approval: Approval) -> Mapping[str, Any]:
    items = list(
        plan.items.order_by("position").select_related("event__profile_read", "run")[:MOST_ITEMS]
    )
    targets = Counter(call["target"] for item in items for call in item.effect if call["target"])
    departments = Counter(name for item in items if (name := department_of(item)))
    return {
        "burst": plan,
        "counts": sorted(approval.content["groups"].items()),
        "items": [
            {
                "item": item,
                "department": masked_text(department_of(item)),
                "says": [masked_text(call["sentence"]) for call in item.effect],
                "why": masked_text(item.why),
            }
            for item in items
        ],
        "more": max(0, plan.item_count - len(items)),
        "groups": sorted(approval.content["groups"]),
        "targets": sorted(targets),
        "departments": sorted(departments),
    }
