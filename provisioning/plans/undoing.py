"""Undo: each item is a step that acted, and running it takes back what the step did.

What would be done comes from what was recorded of the step: its parameters, what was there before,
what it gave and what was there after. It is done only where nothing has changed since: the target
is read again, and has to be what the step left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from audit import trail
from audit.canonical import clean
from provisioning import bulk
from provisioning.actions.base import Action, ActionError, Context, Permanent
from provisioning.actions.registry import ACTIONS
from provisioning.clocks import database_now
from provisioning.plans import effects
from provisioning.plans.effects import Sight
from provisioning.plans.models import LAST, Plan, PlanItem
from provisioning.rules.definitions import load_definition
from provisioning.rules.previews import StepPreview, preview_step
from provisioning.rules.templating import literal
from provisioning.runs import holding
from provisioning.runs.models import Run, Step
from provisioning.runs.replays import CannotReplay
from provisioning.runs.work import settle_events

Class = PlanItem.Class
#: Items classified at once, each with all that was recorded of its step.
_CHUNK = 500
_CLASSIFIED = ("klass", "sub_group", "why", "effect", "examined_at")
NOT_OURS = "It was so before; this run did not do it."
UNDONE = "Another plan has undone it, or is about to."


@dataclass(frozen=True, slots=True)
class Compensation:
    """The call that takes back what a step did."""

    step: Step
    action: Action[Any]
    params: Any
    call: StepPreview


class Undo:
    noun = "step"
    verb = "Undo"

    def classify(self, plan: Plan, *, after: int = 0, up_to: int = LAST) -> None:
        now, classified = database_now(), after
        rows = plan.items.filter(position__lte=up_to).order_by("position")
        while items := list(rows.filter(position__gt=classified)[:_CHUNK]):
            for item, sight in zip(items, self._recorded(plan, items), strict=True):
                item.klass, item.sub_group, item.why = sight.klass, sight.sub_group, sight.why
                item.effect = sight.effect
                item.examined_at = None if sight.klass == Class.WOULD_ACT else now
            bulk.update(PlanItem, items, _CLASSIFIED)
            classified = items[-1].position

    def examine(
        self, plan: Plan, items: Sequence[PlanItem], now: datetime, *, most_looks: int, look_to: int
    ) -> dict[int, Sight]:
        """Item id -> what it is now: always read, since an undo of what has changed is no undo."""
        del look_to
        steps = _steps(items)
        found: dict[int, Sight] = {}
        for item, sight in zip(items, self._recorded(plan, items), strict=True):
            if len(found) >= most_looks:
                break
            step = steps[item.pk]
            made = compensation(step) if sight.klass == Class.WOULD_ACT else None
            found[item.pk] = sight if made is None else _looked(made, item, now)
        return found

    def perform(self, plan: Plan, item: PlanItem, *, actor: trail.Actor) -> Run:
        """Make the run that takes it back. Raises CannotReplay."""
        step = _steps([item]).get(item.pk)
        made = compensation(step) if step is not None else None
        if made is None:
            raise CannotReplay("There is nothing that would take it back.")
        return _make(plan, item, made, actor=actor)

    def _recorded(self, plan: Plan, items: Sequence[PlanItem]) -> list[Sight]:
        """What the database alone says of these items."""
        steps, taken = _steps(items), _taken(plan, items)
        return [_from_record(steps.get(item.pk), taken=item.key in taken) for item in items]


def step_key(run: str, step: str) -> str:
    """What the checksum of an undo is over."""
    return f"{run}.{step}"


def compensation(step: Step) -> Compensation | None:
    """What would take back this step; None where nothing does."""
    action = ACTIONS.get(step.action)
    if action is None or step.input is None:
        return None
    try:
        params = action.params.model_validate(step.input)
    except ValidationError:
        return None
    undone = action.undo(params, step.before or {}, step.after or {}, step.output or {})
    if undone is None:
        return None
    name, values = undone
    call = preview_step(1, _key(step), name, literal(values), {"steps": {}})
    return Compensation(step, action, params, call)


def _key(step: Step) -> str:
    return f"undo_{step.key}"[:40]


def _from_record(step: Step | None, *, taken: bool) -> Sight:
    if step is None:
        return Sight(Class.NO_LONGER_VALID, "gone", "Its step is not kept any more.", [])
    if step.state != Step.State.SUCCEEDED:
        return Sight(Class.NO_LONGER_VALID, "not_ours", NOT_OURS, [])
    if taken:
        return Sight(Class.CONFLICT, "undone", UNDONE, [])
    made = compensation(step)
    if made is None:
        action = ACTIONS.get(step.action)
        why = action.never_undone if action else f"There is no action {step.action} any more."
        return Sight(Class.NO_LONGER_VALID, "cannot", why, [])
    if made.call.problems:
        return Sight(Class.CONFLICT, "not_rendered", " ".join(made.call.problems), [])
    return Sight(Class.WOULD_ACT, "", "", effects.stored([made.call]))


def _looked(made: Compensation, item: PlanItem, now: datetime) -> Sight:
    """Whether the target is still what the step left."""
    effect = effects.stored([made.call])
    run = made.step.run
    context = Context(
        run=item.code,
        step=made.call.key,
        rule=run.rule.name,
        rule_version=run.version.number,
        event_uuid=run.event.uuid,
        now=now,
    )
    undo = ACTIONS[made.call.action]
    try:
        seen = clean(dict(made.action.look(made.params, context).state))
        gone = undo.look(undo.params.model_validate(made.call.params), context).done
    except Permanent as error:
        return Sight(Class.CONFLICT, "changed", error.message, effect, 2)
    except ActionError as error:
        why = f"Its target could not be read: {error.message}"
        return Sight(Class.UNCLASSIFIED, "not_seen", why, effect, 1)
    except Exception as problem:  # noqa: BLE001 - a defect of one action is told, not fatal
        why = f"Looking failed with {type(problem).__name__}: this is a defect in Sluice."
        return Sight(Class.UNCLASSIFIED, "not_seen", why, effect, 1)
    if gone:
        return Sight(Class.ALREADY_SO, "seen", "What it made is gone already.", effect, 2)
    if seen == (made.step.after or {}):
        return Sight(Class.WOULD_ACT, "", "", effect, 2)
    why = f"It has changed since: {_differences(made.step.after or {}, seen)}."
    return Sight(Class.CONFLICT, "changed", why, effect, 2)


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    changed = [name for name in sorted({*then, *now}) if then.get(name) != now.get(name)]
    return ", ".join(f"{name} was {then.get(name)}, is {now.get(name)}" for name in changed)[:500]


def _steps(items: Sequence[PlanItem]) -> dict[int, Step]:
    """Item id -> the step it is about."""
    runs = [item.run_id for item in items]
    rows = Step.objects.filter(run__in=runs).select_related(
        "run__rule", "run__version", "run__event"
    )
    by_key = {step_key(step.run.code, step.key): step for step in rows}
    return {item.pk: by_key[item.key] for item in items if item.key in by_key}


def _taken(plan: Plan, items: Sequence[PlanItem]) -> set[str]:
    """Which of these another plan of undo has done, or is about to do."""
    others = PlanItem.objects.filter(
        plan__kind=Plan.Kind.UNDO, key__in=[item.key for item in items]
    ).exclude(plan=plan)
    done = (PlanItem.State.DONE, PlanItem.State.RUNNING, PlanItem.State.HELD)
    begun = others.filter(state__in=done)
    released = others.waiting().filter(plan__state__in=Plan.RELEASED_STATES)
    return {*begun.values_list("key", flat=True), *released.values_list("key", flat=True)}


def _make(plan: Plan, item: PlanItem, made: Compensation, *, actor: trail.Actor) -> Run:
    old, now = made.step.run, database_now()
    run = Run(
        code=item.code,
        event_id=old.event_id,
        rule_id=old.rule_id,
        version_id=old.version_id,
        person_id=old.person_id,
        person_login=old.person_login,
        lane=old.lane,
        published_at=old.published_at,
        mode=Run.Mode.UNDO,
        step_count=1,
        due_at=now,
        created_at=now,
    )
    demand = load_definition(old.version.definition).demand
    held = holding.place(run, demand, requester=plan.requester, identity=plan.requester_identity)
    run.save(force_insert=True)
    Step.objects.create(
        run=run,
        position=1,
        key=made.call.key,
        action=made.call.action,
        effect=made.call.effect,
        template=literal(made.call.params),
    )
    settle_events([old.event_id])
    rows = [
        trail.draft(
            "run.undone",
            actor=actor,
            obj=trail.Object("run", run.code, old.rule.name),
            data={"undoes": item.key, "plan": plan.code},
        )
    ]
    if held:
        why = "The rule demands an approval, for an undo too."
        rows.append(holding.held_entry(run, old.rule.name, actor=actor, why=why))
    trail.write(rows)
    return run
