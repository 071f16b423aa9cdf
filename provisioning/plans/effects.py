"""What an item would call. One function says it for the page, for approvers, and right before the
item is run: what is then no longer the same is not run.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit.canonical import clean
from provisioning.actions import registry
from provisioning.actions.base import ActionError, Context, Look
from provisioning.events.models import EventProfile
from provisioning.plans.models import PlanItem
from provisioning.plans.options import Options
from provisioning.rules import lookups
from provisioning.rules.lookup_entries import Entries
from provisioning.rules.matching import Said
from provisioning.rules.models import Verdict
from provisioning.rules.previews import StepPreview, preview_step
from provisioning.runs.loading import names_for
from provisioning.runs.models import Run, Step
from provisioning.runs.redoing import drafted, drafted_steps, said_now, tables_of

Class = PlanItem.Class


@dataclass(frozen=True, slots=True)
class Subject:
    """An item with the run that would be made for it; `said` is of another version of the rule."""

    item: PlanItem
    fresh: Run
    steps: Sequence[Step]
    names: Mapping[str, Any]
    said: Said | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read at once for many items."""

    profiles: Mapping[int, EventProfile]
    traces: Mapping[tuple[int, int], Any]
    steps: Mapping[int, Sequence[Step]]


def subjects(items: Sequence[PlanItem], options: Options, now: datetime) -> list[Subject]:
    """The items of this order with all they need, in a fixed number of queries."""
    rows = Run.objects.filter(pk__in=[item.run_id for item in items])
    runs = rows.select_related("event", "rule__current", "version").in_bulk()
    known = _read(runs.values())
    drafts = _drafts(items, runs, known, options, now)
    tables = lookups.frozen(fresh.lookups for _, fresh, _ in drafts)
    return [
        _subject(item, fresh, said, known, tables, from_start=options.from_start)
        for item, fresh, said in drafts
    ]


def _read(runs: Collection[Run]) -> _Known:
    events = [run.event_id for run in runs]
    verdicts = Verdict.objects.filter(event__in=events, matched=True)
    traces = {
        (event, version): trace
        for event, version, trace in verdicts.values_list("event_id", "version_id", "trace")
    }
    steps: dict[int, list[Step]] = {}
    for step in Step.objects.filter(run__in=runs).order_by("run_id", "position"):
        steps.setdefault(step.run_id, []).append(step)
    return _Known(EventProfile.objects.in_bulk(events), traces, steps)


_Draft = tuple[PlanItem, Run, Said | None]


def _drafts(
    items: Sequence[PlanItem],
    runs: Mapping[int, Run],
    known: _Known,
    options: Options,
    now: datetime,
) -> list[_Draft]:
    """The run that each item would make, bound to the lookup tables that are in force."""
    asked = []
    for item in items:
        if item.run_id is not None:
            old = runs[item.run_id]
            said = said_now(old, known.profiles.get(old.event_id)) if options.current else None
            asked.append((item, old, said))
    numbers = lookups.numbers(name for _, old, said in asked for name in tables_of(old, said))
    drafts = []
    for item, old, said in asked:
        fresh = drafted(old, said, now, numbers=numbers, code=item.code)
        fresh.event, fresh.rule = old.event, old.rule
        drafts.append((item, fresh, said))
    return drafts


def _subject(
    item: PlanItem,
    fresh: Run,
    said: Said | None,
    known: _Known,
    tables: Mapping[tuple[str, int], Entries],
    *,
    from_start: bool,
) -> Subject:
    event = fresh.event
    trace = said.trace if said else known.traces.get((event.pk, fresh.version_id))
    profile = known.profiles.get(event.pk)
    names = names_for(fresh, event, profile, dict(trace) if trace else None, tables)
    old_steps = known.steps.get(fresh.replay_of_id or 0, [])
    made = drafted_steps(old_steps, fresh, said, from_start=from_start)
    return Subject(item, fresh, made, names, said)


Seen = Mapping[str, Mapping[str, Any]]


def effect_of(subject: Subject, seen: Seen | None = None) -> list[StepPreview]:
    """The calls that the item would make, in order, rendered as execution renders them.

    `seen` holds outputs of steps that were looked at and are so already.
    """
    kept = {step.key: {"output": step.output} for step in subject.steps if step.output}
    known = {**subject.names, "steps": {**kept, **(seen or {})}}
    return [
        preview_step(step.position, step.key, step.action, step.template, known)
        for step in subject.steps
        if step.state not in Step.DONE_STATES
    ]


def stored(calls: Sequence[StepPreview]) -> list[dict[str, Any]]:
    """Calls as an item keeps them."""
    return [
        clean(
            {
                "position": call.position,
                "step": call.key,
                "action": call.action,
                "effect": call.effect,
                "target": call.target,
                "sentence": call.sentence,
                "params": call.params,
                "pending": list(call.pending),
                "problems": list(call.problems),
            }
        )
        for call in calls
    ]


@dataclass(frozen=True, slots=True)
class Sight:
    """What an item turned out to be, once its calls were rendered and its target looked at."""

    klass: str
    sub_group: str
    why: str
    effect: list[dict[str, Any]]
    looks: int = 0


def examine(subject: Subject, now: datetime, *, look: bool) -> Sight:
    """Render the calls and, if `look`, read the targets until one is found that is not so yet."""
    if subject.said is not None and not subject.said.matched:
        why = f"The current version, v{subject.said.listener.number}, does not match its event."
        return Sight(Class.NO_LONGER_VALID, "not_matched", why, [])
    calls = effect_of(subject)
    effect = stored(calls)
    if not calls:
        return Sight(Class.ALREADY_SO, "nothing_left", "Every step is done.", effect)
    if calls[0].problems:
        return Sight(Class.UNCLASSIFIED, "not_rendered", " ".join(calls[0].problems), effect)
    if not look:
        return Sight(Class.WOULD_ACT, "", _NOT_LOOKED, effect)
    return _look(subject, calls, effect, now)


_NOT_LOOKED = "Its target was not looked at; that is done right before it runs."


def _look(
    subject: Subject, calls: Sequence[StepPreview], effect: list[dict[str, Any]], now: datetime
) -> Sight:
    seen: dict[str, Mapping[str, Any]] = {}
    looks = 0
    for number in range(len(calls)):
        call = effect_of(subject, seen)[number]
        if call.problems or call.pending or not call.read_first:
            return Sight(Class.WOULD_ACT, "", _partly(call, looks), effect, looks)
        try:
            found = look_at(subject, call, now)
        except ActionError as error:
            why = f"Its target could not be read: {error.message}"
            return Sight(Class.UNCLASSIFIED, "not_seen", why, effect, looks + 1)
        except Exception as problem:  # noqa: BLE001 - a defect of one action is told, not fatal
            why = f"Looking failed with {type(problem).__name__}: this is a defect in Sluice."
            return Sight(Class.UNCLASSIFIED, "not_seen", why, effect, looks + 1)
        looks += 1
        if not found.done:
            return Sight(Class.WOULD_ACT, "", _partly(call, looks - 1), effect, looks)
        seen[call.key] = {"output": clean(dict(found.output))}
    return Sight(Class.ALREADY_SO, "seen", "Its target was read: it is so already.", effect, looks)


def _partly(call: StepPreview, before: int) -> str:
    return f"Step {call.position} is the first that is not so yet." if before else ""


def look_at(subject: Subject, call: StepPreview, now: datetime) -> Look:
    """Read the target of a rendered call. Raises ActionError."""
    action = registry.get(call.action)
    number = subject.said.listener.number if subject.said else _number(subject)
    context = Context(
        run=subject.fresh.code,
        step=call.key,
        rule=subject.fresh.rule.name,
        rule_version=number,
        event_uuid=subject.fresh.event.uuid,
        now=now,
    )
    return action.look(action.params.model_validate(call.params), context)


def _number(subject: Subject) -> int:
    old = subject.fresh.replay_of
    return old.version.number if old else 0
