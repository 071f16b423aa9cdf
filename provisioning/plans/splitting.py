"""Taking a burst apart, so that some of its runs can be decided by themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from audit import trail
from provisioning.clocks import database_now
from provisioning.plans import asking
from provisioning.plans.asking import CannotChange
from provisioning.plans.models import Plan, PlanItem
from provisioning.plans.options import Options

#: Items read at once, each with the profile of its person.
_CHUNK = 500


@transaction.atomic
def split(
    plan: Plan,
    *,
    actor: trail.Actor,
    sub_group: str = "",
    target: str = "",
    department: str = "",
    first: int = 0,
) -> Plan:
    """Make a plan of its own out of some items, so that they can be decided apart: those of a
    sub-group of effects, of a target, of a department, or the first so many of what is left.

    Raises CannotChange.
    """
    plan = asking.locked(plan)
    chosen = _chosen(plan, sub_group, target, department)[: first or None]
    if not chosen or len(chosen) == plan.items.waiting().count():
        raise CannotChange("A part is some of the runs: neither none of them nor all.")
    words = [sub_group, target, department, f"first {first}" if first else ""]
    part = _begin_part(plan, ", ".join(word for word in words if word), actor)
    _move(chosen, part)
    asking.ask(plan, actor=actor)
    asking.ask(part, actor=actor)
    trail.record(
        "plan.split",
        actor=actor,
        obj=trail.Object("plan", part.code, part.title),
        data={"from": plan.code, "part": part.source["part"], "items": len(chosen)},
    )
    return part


_MOVE = """
UPDATE provisioning_planitem AS item SET plan_id = %s, position = chosen.position
FROM unnest(%s::bigint[]) WITH ORDINALITY AS chosen (id, position) WHERE item.id = chosen.id
"""


def _move(chosen: Sequence[int], part: Plan) -> None:
    """Make these the items of the part, in this order."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [part.pk, list(chosen)])


def _chosen(plan: Plan, sub_group: str, target: str, department: str) -> list[int]:
    """The items that are all of this, in their order."""
    items = plan.items.waiting().order_by("position")
    if sub_group:
        items = items.filter(sub_group=sub_group)
    if not target and not department:
        return list(items.values_list("pk", flat=True))
    # Not the events themselves, which are several times as large as all that is asked of them.
    asked = items.values_list("pk", "effect", "event__profile_read__user")
    return [
        pk
        for pk, effect, user in asked.iterator(chunk_size=_CHUNK)
        if (not target or target in {call["target"] for call in effect})
        and (not department or department == _department(user))
    ]


def department_of(item: PlanItem) -> str:
    """The department of the person when the event came; empty where it is not known."""
    profile = getattr(item.event, "profile_read", None)
    return _department(profile.user if profile is not None else None)


def _department(user: Mapping[str, Any] | None) -> str:
    return str(((user or {}).get("profile") or {}).get("department") or "")


def _begin_part(plan: Plan, words: str, actor: trail.Actor) -> Plan:
    return Plan.objects.create(
        kind=Plan.Kind.BURST,
        title=plan.title,
        state=Plan.State.WAITING,
        state_because=plan.state_because,
        source={**plan.source, "part": words or actor.label},
        checksum="",
        options=Options().stored(),
        item_count=0,
        requester=actor.name,
        requester_identity=actor.identity,
        created_at=database_now(),
    )
