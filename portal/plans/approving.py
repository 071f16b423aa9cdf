"""A plan as its request for an approval shows it: how many, of which class, and what is called."""

from collections.abc import Mapping
from typing import Any

from portal.masking import masked_text
from provisioning.approvals.models import Approval
from provisioning.plans.models import Plan, PlanItem


def effect(approval: Approval) -> Mapping[str, Any]:
    """One query: the plan. The rest is what was asked for, word by word."""
    content = approval.content
    counts = content.get("counts") or {}
    return {
        "plan": Plan.objects.filter(code=approval.object_code).first(),
        "items": content.get("items", 0),
        "options": content.get("options") or {},
        "classes": [(one, counts[one]) for one in map(str, PlanItem.Class.values) if one in counts],
        "effects": sorted((content.get("effects") or {}).items()),
        "sample": [
            {
                "who": masked_text(str(one["who"])),
                "calls": [masked_text(str(call)) for call in one["calls"]],
            }
            for one in content.get("sample") or []
        ],
        "checksum": content.get("checksum", ""),
    }


def line(approval: Approval) -> str:
    """Such as `35 items: 35 grant, 35 notify`."""
    effects = (approval.content.get("effects") or {}).items()
    said = ", ".join(f"{count:,} {name}" for name, count in sorted(effects))
    items = approval.content.get("items", 0)
    return f"{items:,} item{'' if items == 1 else 's'}: {said or 'nothing is called'}"
