"""A held run as its approval shows it: what would be called for whom, and why."""

from collections.abc import Mapping
from typing import Any

from portal import jsonview, truth
from portal.jsonview import Code
from portal.masking import masked, masked_text
from portal.step_story import title_of
from provisioning.approvals.models import Approval
from provisioning.rules.models import Verdict
from provisioning.runs.models import Run


def effect(approval: Approval) -> Mapping[str, Any]:
    """Two queries: the run, and what the rule saw."""
    content = approval.content
    rows = Run.objects.select_related("rule", "event").filter(code=approval.object_code)
    run = rows.defer("event__body", "event__digest").first()
    verdict = None
    if run is not None:
        said = Verdict.objects.filter(event=run.event_id, version=run.version_id)
        verdict = said.only("trace").first()
    return {
        "run": run,
        "calls": [_call(number, one) for number, one in enumerate(content["steps"], start=1)],
        "person": masked(content["person"]),
        "rule": content["rule"],
        "event": content["event"],
        "done_before": content["done_before"],
        "truth": truth.rows((verdict.trace or {}).get("tree")) if verdict else [],
    }


def line(approval: Approval) -> str:
    """The first call in a sentence, and how many more there are."""
    steps = approval.content.get("steps") or []
    if not steps:
        return ""
    more = len(steps) - 1
    rest = f" And {more} more step{'' if more == 1 else 's'}." if more else ""
    return masked_text(f"{steps[0]['says']}{rest}")


def _call(number: int, step: Mapping[str, Any]) -> Mapping[str, Any]:
    before = step["before"]
    return {
        "number": number,
        "key": step["key"],
        "title": title_of(step["action"]),
        "action": step["action"],
        "effect": step["effect"],
        "says": masked_text(step["says"]),
        "target": masked_text(step["target"]),
        "parameters": jsonview.json_code(masked(step["parameters"])),
        "filled_later": step["filled_later"],
        "already": bool(before.get("done")),
        "state_before": _code(before.get("state")) if before.get("read") else None,
        "not_read": "" if before.get("read") else masked_text(str(before.get("why", ""))),
    }


def _code(state: Any) -> Code:
    return jsonview.json_code(masked(state))
