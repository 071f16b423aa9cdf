"""Asking for the decision on a burst: on its items as they are now.

Whoever agrees, agrees to the checksum of the items: when more runs join, the request is void and
another takes its place.
"""

import hashlib
from collections import Counter
from typing import Any

import rfc8785

from audit import trail
from provisioning.approvals import policy, requests
from provisioning.approvals.models import Approval
from provisioning.clocks import database_now
from provisioning.plans import counting
from provisioning.plans.models import Plan
from provisioning.runs import gate_opening

KIND = "plan"
#: Items read at once where all of them are read.
_CHUNK = 2_000


class CannotChange(ValueError):  # noqa: N818
    """Not like this, or not any more; the message says why, in a sentence."""


def locked(plan: Plan) -> Plan:
    """The plan, locked behind its gate as it is when more is gathered. Raises CannotChange."""
    gate_opening.locked(str(plan.source.get("burst", "")))
    found = Plan.objects.select_for_update().filter(pk=plan.pk, state=Plan.State.WAITING).first()
    if found is None:
        raise CannotChange("This plan does not wait any more.")
    return found


def ask(plan: Plan, *, actor: trail.Actor) -> Approval:
    """Ask for the decision on the plan as it is now. One that asks for other items is void."""
    _reckon(plan)
    effects = {effect for group in _groups(plan) for effect in group.split(" + ")}
    return requests.ask(
        requests.Ask(
            kind=KIND,
            object_kind="plan",
            object_code=plan.code,
            title=plan.title,
            content=_content(plan),
            risk=policy.risk_of(effects, bulk=True),
            reason=str(plan.source["why"]),
            requester=plan.requester,
            requester_identity=plan.requester_identity,
        ),
        actor=actor,
    )


def _content(plan: Plan) -> dict[str, Any]:
    return {
        "plan": plan.code,
        "kind": plan.kind,
        "rule": plan.source["rule"],
        "checksum": plan.checksum,
        "items": plan.item_count,
        "counts": plan.counts,
        "groups": dict(_groups(plan)),
        "effects": _effects(plan),
    }


def _groups(plan: Plan) -> Counter[str]:
    return Counter(plan.items.waiting().values_list("sub_group", flat=True))


def _effects(plan: Plan) -> dict[str, int]:
    """Effect -> how many calls."""
    lists = plan.items.waiting().order_by().values_list("effect", flat=True)
    every = lists.iterator(chunk_size=_CHUNK)
    return dict(Counter(str(call["effect"]) for calls in every for call in calls))


def _reckon(plan: Plan) -> None:
    """Bring the checksum and the counts to what the items are."""
    plan.checksum, plan.item_count = _checksum(plan)
    plan.counts = counting.by_class(plan)
    plan.title = f"{plan.item_count:,} runs of {plan.source['rule']} at once"
    plan.computed_at = database_now()
    plan.save(update_fields=["checksum", "item_count", "counts", "title", "computed_at"])


def _checksum(plan: Plan) -> tuple[str, int]:
    """SHA-256, in hex, over the canonical list of keys and calls, made part by part; how many."""
    digest, count = hashlib.sha256(b"["), 0
    items = plan.items.waiting().order_by("position").values_list("key", "effect")
    for key, effect in items.iterator(chunk_size=_CHUNK):
        digest.update((b"," if count else b"") + rfc8785.dumps([key, effect]))
        count += 1
    digest.update(b"]")
    return digest.hexdigest(), count
