"""A burst as a plan: what would be done for whom, agreed to or rejected as a whole or in parts.

The gate (`provisioning.runs.gate`) holds the runs at once, in the transaction that makes them. Here
they become items of a plan that people can look at.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet

from audit import trail
from provisioning.clocks import database_now
from provisioning.plans import asking, letting_go
from provisioning.plans.models import Plan, PlanItem
from provisioning.plans.options import Options
from provisioning.runs import contents, gate_opening
from provisioning.runs.gate_models import Gate
from provisioning.runs.loading import load
from provisioning.runs.models import Run, RunQuerySet, Step
from provisioning.runs.work import Work

#: Items that one call makes, so that a worker does other things between.
AT_ONCE = 200
#: Rows written by one statement.
_BATCH = 500

State = Plan.State


def gather(*, actor: trail.Actor) -> int:
    """Put what the gate holds into plans, and ask for the decision; how many items were made."""
    made = 0
    for burst in Gate.objects.exclude(burst="").values_list("burst", flat=True):
        made += _gather(burst, actor=actor)
    return made


def any_ungathered() -> bool:
    """Whether a worker would find a run of a burst that is in no plan yet, or one that has left."""
    bursts = list(Gate.objects.exclude(burst="").values_list("burst", flat=True))
    return _ungathered(bursts).exists() or any(_gone(burst).exists() for burst in bursts)


def _ungathered(bursts: Iterable[str]) -> RunQuerySet:
    taken = PlanItem.objects.waiting().filter(plan__kind=Plan.Kind.BURST, plan__state=State.WAITING)
    return Run.objects.filter(burst__in=list(bursts)).exclude(pk__in=taken.values("run"))


def _gone(burst: str) -> QuerySet[PlanItem]:
    """Items of a burst's plans whose run the burst does not hold any more."""
    waits = Plan.objects.filter(kind=Plan.Kind.BURST, state=State.WAITING, source__burst=burst)
    return PlanItem.objects.waiting().filter(plan__in=waits).exclude(run__burst=burst)


@transaction.atomic
def _gather(burst: str, *, actor: trail.Actor) -> int:
    shut = gate_opening.locked(burst)
    if shut is None:
        return 0
    _let_leave(burst, actor=actor)
    runs = list(_ungathered([burst]).order_by("id").values_list("id", flat=True)[:AT_ONCE])
    if not runs:
        gate_opening.open_if_empty(shut, actor=actor)  # nothing, if a plan of it was the last
        return 0
    plan = _open_plan(burst) or _begin(shut)
    _append(plan, runs)
    if not _ungathered([burst]).exists():
        asking.ask(plan, actor=actor)
    return len(runs)


def _let_leave(burst: str, *, actor: trail.Actor) -> None:
    """A run that somebody gave up by itself is no longer a part of what is decided; the rest is
    asked for anew."""
    gone = _gone(burst)
    for plan in Plan.objects.filter(pk__in=gone.values("plan")).select_for_update().order_by("pk"):
        gone.filter(plan=plan).update(
            state=PlanItem.State.CANCELLED, settled_at=database_now(), why="It was given up alone."
        )
        if plan.items.waiting().exists():
            asking.ask(plan, actor=actor)
        else:
            letting_go.emptied(plan, actor=actor)


def _open_plan(burst: str) -> Plan | None:
    """The plan that what comes meanwhile joins: the one that nobody took apart."""
    plans = Plan.objects.filter(kind=Plan.Kind.BURST, state=State.WAITING)
    return plans.filter(source__burst=burst, source__part="").first()


def _begin(shut: Gate) -> Plan:
    rule = shut.rule
    return Plan.objects.create(
        kind=Plan.Kind.BURST,
        title=f"Burst of {rule.name}",
        state=State.WAITING,
        state_because=shut.why,
        source={"burst": shut.burst, "rule": rule.name, "why": shut.why, "part": ""},
        checksum="",
        options=Options().stored(),
        item_count=0,
        requester="Sluice",
        requester_identity=f"gate:{rule.name}",
        created_at=database_now(),
    )


def _append(plan: Plan, ids: Sequence[int]) -> None:
    now, effects = database_now(), _effects_of(ids)
    # Not item_count: that is reckoned when all of a burst are gathered.
    last = plan.items.aggregate(last=Max("position"))["last"] or 0
    items = []
    for position, work in enumerate(load(ids), start=last + 1):
        calls, why = _calls(work)
        items.append(
            PlanItem(
                plan=plan,
                position=position,
                key=work.run.code,
                run=work.run,
                event_id=work.run.event_id,
                person_id=work.run.person_id,
                person_login=work.run.person_login,
                klass=PlanItem.Class.UNCLASSIFIED if why else PlanItem.Class.WOULD_ACT,
                why=why,
                sub_group=" + ".join(sorted(set(effects[work.run.pk]))),
                effect=calls,
                examined_at=now,
            )
        )
    PlanItem.objects.bulk_create(items, batch_size=_BATCH)


def _calls(work: Work) -> tuple[list[dict[str, Any]], str]:
    """What a run would call, as it is shown and executed; or why that cannot be said."""
    try:
        steps = contents.content_of(work, {})["steps"]
    except contents.CannotFill as problem:
        return [], f"It cannot be filled in, and will fail: {problem.error.message}"
    return [_stored(position, call) for position, call in enumerate(steps, start=1)], ""


def _stored(position: int, call: Mapping[str, Any]) -> dict[str, Any]:
    """A call as items of all plans keep it."""
    return {
        "position": position,
        "step": call["key"],
        "action": call["action"],
        "effect": call["effect"],
        "target": call["target"],
        "sentence": call["says"],
        "params": call["parameters"],
        "pending": call["filled_later"],
        "problems": [],
    }


def _effects_of(ids: Sequence[int]) -> dict[int, list[str]]:
    """Run -> the effects of its steps, in their order."""
    found: dict[int, list[str]] = {pk: [] for pk in ids}
    rows = Step.objects.filter(run__in=ids).order_by("run_id", "position")
    for run, effect in rows.values_list("run_id", "effect"):
        found[run].append(effect)
    return found
