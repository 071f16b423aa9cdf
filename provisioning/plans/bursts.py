"""A burst as a plan: what would be done for whom, agreed to or rejected as a whole or in parts.

The gate (`provisioning.runs.gate`) holds the runs at once, in the transaction that makes them. Here
they become items of a plan that people can look at. Whoever agrees, agrees to the checksum of the
items: when more runs join, the request is void and another takes its place.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import rfc8785
from django.db import transaction
from django.db.models import Max

from audit import trail
from provisioning.approvals import policy, requests
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import CannotDecide, Decided
from provisioning.clocks import database_now
from provisioning.plans import counting
from provisioning.plans.models import Plan, PlanItem
from provisioning.plans.options import Options
from provisioning.runs import contents, gate
from provisioning.runs.gate_models import Gate
from provisioning.runs.loading import load
from provisioning.runs.models import Run, RunQuerySet
from provisioning.runs.work import Work

KIND = "plan"
#: Items that one call makes, so that a worker does other things between.
AT_ONCE = 200
#: Rows written by one statement.
_BATCH = 500

State = Plan.State


class CannotChange(ValueError):  # noqa: N818
    """Not like this, or not any more; the message says why, in a sentence."""


def gather(*, actor: trail.Actor) -> int:
    """Put what the gate holds into plans, and ask for the decision; how many items were made."""
    made = 0
    for burst in Gate.objects.exclude(burst="").values_list("burst", flat=True):
        made += _gather(burst, actor=actor)
    return made


def any_ungathered() -> bool:
    """Whether a worker would find a run of a burst that is in no plan yet."""
    return _ungathered(Gate.objects.exclude(burst="").values_list("burst", flat=True)).exists()


def _ungathered(bursts: Iterable[str]) -> RunQuerySet:
    taken = PlanItem.objects.waiting().filter(plan__kind=Plan.Kind.BURST, plan__state=State.WAITING)
    return Run.objects.filter(burst__in=list(bursts)).exclude(pk__in=taken.values("run"))


@transaction.atomic
def _gather(burst: str, *, actor: trail.Actor) -> int:
    shut = gate.locked(burst)
    if shut is None:
        return 0
    runs = list(_ungathered([burst]).order_by("id").values_list("id", flat=True)[:AT_ONCE])
    if not runs:
        return 0
    plan = _open_plan(burst) or _begin(shut)
    _append(plan, runs)
    if not _ungathered([burst]).exists():
        ask(plan, actor=actor)
    return len(runs)


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
    now, effects = database_now(), gate.effects_of(ids)
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
    lists = plan.items.waiting().values_list("effect", flat=True)
    return dict(Counter(str(call["effect"]) for calls in lists for call in calls))


def _reckon(plan: Plan) -> None:
    """Bring the checksum and the counts to what the items are."""
    items = list(plan.items.waiting().order_by("position").values_list("key", "effect"))
    body = rfc8785.dumps([[key, effect] for key, effect in items])
    plan.checksum = hashlib.sha256(body).hexdigest()
    plan.item_count = len(items)
    plan.counts = counting.by_class(plan)
    plan.title = f"{len(items):,} runs of {plan.source['rule']} at once"
    plan.computed_at = database_now()
    plan.save(update_fields=["checksum", "item_count", "counts", "title", "computed_at"])


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
    plan = _locked(plan)
    chosen = _chosen(plan, sub_group, target, department)[: first or None]
    if not chosen or len(chosen) == plan.items.waiting().count():
        raise CannotChange("A part is some of the runs: neither none of them nor all.")
    words = [sub_group, target, department, f"first {first}" if first else ""]
    part = _begin_part(plan, ", ".join(word for word in words if word), actor)
    for position, pk in enumerate(chosen, start=1):
        plan.items.filter(pk=pk).update(plan=part, position=position)
    ask(plan, actor=actor)
    ask(part, actor=actor)
    trail.record(
        "plan.split",
        actor=actor,
        obj=trail.Object("plan", part.code, part.title),
        data={"from": plan.code, "part": part.source["part"], "items": len(chosen)},
    )
    return part


def _chosen(plan: Plan, sub_group: str, target: str, department: str) -> list[int]:
    """The items that are all of this, in their order."""
    items = plan.items.waiting().order_by("position").select_related("event__profile_read")
    if sub_group:
        items = items.filter(sub_group=sub_group)
    return [
        item.pk
        for item in items
        if (not target or target in {call["target"] for call in item.effect})
        and (not department or department == department_of(item))
    ]


def department_of(item: PlanItem) -> str:
    """The department of the person when the event came; empty where it is not known."""
    profile = getattr(item.event, "profile_read", None)
    user = profile.user if profile is not None else None
    return str(((user or {}).get("profile") or {}).get("department") or "")


def _begin_part(plan: Plan, words: str, actor: trail.Actor) -> Plan:
    return Plan.objects.create(
        kind=Plan.Kind.BURST,
        title=plan.title,
        state=State.WAITING,
        state_because=plan.state_because,
        source={**plan.source, "part": words or actor.label},
        checksum="",
        options=Options().stored(),
        item_count=0,
        requester=actor.label or actor.id,
        requester_identity=actor.identity,
        created_at=database_now(),
    )


def _locked(plan: Plan) -> Plan:
    """The plan, locked behind its gate as `_gather` locks it. Raises CannotChange."""
    gate.locked(str(plan.source.get("burst", "")))
    found = Plan.objects.select_for_update().filter(pk=plan.pk, state=State.WAITING).first()
    if found is None:
        raise CannotChange("This plan does not wait any more.")
    return found


@transaction.atomic
def decide(
    approval: Approval,
    *,
    verdict: str,
    digest: str,
    reason: str,
    roles: Collection[str],
    actor: trail.Actor,
) -> Decided:
    """One person's decision on a burst. Raises CannotDecide."""
    plan = _waiting(approval)
    if approval.content.get("checksum") != plan.checksum:
        raise CannotDecide("More has joined this plan meanwhile. Look again.")
    approval = requests.decide(
        approval, verdict=verdict, digest=digest, reason=reason, roles=roles, actor=actor
    )
    if approval.state == Approval.State.APPROVED:
        _let_go(plan, approval, actor=actor)
    elif approval.state == Approval.State.REJECTED:
        said = f"{actor.label or actor.id} rejected it: {reason.strip()}"
        _give_up(plan, Run.State.REJECTED, State.REJECTED, said, actor=actor)
    return Decided(approval)


def expired(approval: Approval, *, actor: trail.Actor) -> None:
    """Nobody decided in time: the runs end, and nothing was called."""
    try:
        plan = _waiting(approval)
    except CannotDecide:
        return
    said = "Nobody decided in time; nothing was done."
    _give_up(plan, Run.State.EXPIRED, State.EXPIRED, said, actor=actor)


def _waiting(approval: Approval) -> Plan:
    plan = Plan.objects.filter(code=approval.object_code, kind=Plan.Kind.BURST).first()
    if plan is None:
        raise CannotDecide("This is not about a burst.")
    try:
        return _locked(plan)
    except CannotChange as problem:
        raise CannotDecide(str(problem)) from None


def _let_go(plan: Plan, approval: Approval, *, actor: trail.Actor) -> None:
    """The whole plan goes on: its runs become claimable, or wait for approvals of their own."""
    items = plan.items.waiting()
    ids = list(items.values_list("run", flat=True))
    burst = str(plan.source["burst"])
    try:
        gate.let_go(burst, ids)
    except gate.MovedOn as problem:
        raise CannotDecide(str(problem)) from None
    _end(plan, State.DONE, PlanItem.State.DONE, "", actor=actor)
    trail.record(
        "plan.released",
        actor=actor,
        obj=trail.Object("plan", plan.code, plan.title),
        data={"items": len(ids), "approval": approval.code, "checksum": plan.checksum},
    )


def _give_up(
    plan: Plan, run_state: Run.State, state: Plan.State, said: str, *, actor: trail.Actor
) -> None:
    ids = list(plan.items.waiting().values_list("run", flat=True))
    try:
        gate.give_up(str(plan.source["burst"]), ids, state=run_state, said=said)
    except gate.MovedOn as problem:
        raise CannotDecide(str(problem)) from None
    _end(plan, state, PlanItem.State.CANCELLED, said, actor=actor)
    trail.record(
        "plan.rejected" if state == State.REJECTED else "plan.expired",
        actor=actor,
        obj=trail.Object("plan", plan.code, plan.title),
        data={"items": len(ids), "because": said},
    )


def _end(
    plan: Plan, state: Plan.State, item_state: PlanItem.State, said: str, *, actor: trail.Actor
) -> None:
    now = database_now()
    plan.items.waiting().update(state=item_state, settled_at=now, why=said)
    changed = Plan.objects.filter(pk=plan.pk, state=State.WAITING).update(
        state=state, state_because=said or plan.state_because, finished_at=now, due_at=None,
        released_at=now if state == State.DONE else None,
        outcomes={item_state.value: plan.item_count},
    )  # fmt: skip
    if changed != 1:
        raise CannotDecide("This plan does not wait any more.")
    shut = gate.locked(str(plan.source["burst"]))
    if shut is not None:
        gate.open_if_empty(shut, actor=actor)
