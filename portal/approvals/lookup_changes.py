"""A version of a lookup table as its approval shows it: what changes, and who reads it."""

from collections.abc import Mapping
from typing import Any

from portal import lookup_reading
from provisioning.approvals.models import Approval
from provisioning.rules.lookup_models import LookupVersion


def effect(approval: Approval) -> Mapping[str, Any]:
    content = approval.content
    base = content["base"] or {}
    rows = LookupVersion.objects.filter(table__name=content["table"], digest=base.get("digest", ""))
    before = rows.order_by("-number").first()
    return {
        "table": content["table"],
        "version": content["version"],
        "base": content["base"],
        "used_by": content["used_by"],
        "counts": {kind: len(keys) for kind, keys in content["changes"].items()},
        "changes": lookup_reading.changes(before.entries if before else {}, content["entries"]),
    }


def line(approval: Approval) -> str:
    counts = {kind: len(keys) for kind, keys in approval.content["changes"].items()}
    said = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
    return f"Entries {said}." if said else ""
