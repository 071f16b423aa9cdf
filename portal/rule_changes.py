"""What differs between two versions of a rule, in plain sentences. No database is asked."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import JsonValue

from portal import diffing
from provisioning.actions.registry import ACTIONS
from provisioning.rules.approval import Demand
from provisioning.rules.definitions import Definition, StepDefinition
from provisioning.rules.describing import check_text, field_text, value_text
from provisioning.rules.limits import Limits
from provisioning.rules.schema import checks_of
from provisioning.rules.tree import Check

Key = tuple[str, str]


def sentences(before: Definition, after: Definition) -> list[str]:
    """Every difference, in the order in which a rule is read; empty where there is none."""
    return [
        *_head(before, after),
        *_listed(before.on, after.on, "Also starts on {}.", "No longer starts on {}."),
        *_conditions(before, after),
        *_steps(before.do, after.do),
    ]


def _head(before: Definition, after: Definition) -> Iterator[str]:
    if before.label != after.label:
        yield f"The title is now “{after.label}”, it was “{before.label}”."
    if before.description != after.description:
        yield "The description is another."
    if before.enabled != after.enabled:
        yield f"The definition turns the rule {'on' if after.enabled else 'off'}."
    if before.demand != after.demand:
        yield f"{demand_text(after.demand)} Before: {demand_text(before.demand)}"
    if before.limits != after.limits:
        yield f"Limits: {limits_text(after.limits)}. Before: {limits_text(before.limits)}."


def demand_text(demand: Demand | None) -> str:
    """Who has to agree before a run does anything, in a sentence."""
    if demand is None:
        return "Its runs need no approval."
    people = "one person" if demand.needed == 1 else f"{demand.needed} people"
    return f"Each run needs the approval of {people} within {demand.expires}."


def limits_text(limits: Limits | str | None) -> str:
    """How much may happen before people have to look, as a part of a sentence."""
    if limits is None:
        return "the defaults"
    if isinstance(limits, str):
        return "none, however much happens"
    said = {key: one for key, one in limits.model_dump().items() if one is not None}
    window = said.pop("per")
    listed = [f"{key} {'without limit' if one == 'none' else one}" for key, one in said.items()]
    return f"{', '.join(listed) or 'the defaults'} in {window}"


def _listed(before: Sequence[str], after: Sequence[str], new: str, gone: str) -> Iterator[str]:
    yield from (new.format(one) for one in after if one not in before)
    yield from (gone.format(one) for one in before if one not in after)


def _conditions(before: Definition, after: Definition) -> Iterator[str]:
    old, new = list(checks_of(before.when)), list(checks_of(after.when))
    left = [check for check in old if check not in new]
    found = False
    for check in (one for one in new if one not in old):
        found = True
        twin = next((one for one in left if _key(one) == _key(check)), None)
        if twin is None:
            yield f"New condition: {_text(check)}."
        else:
            left.remove(twin)
            yield from _changed(twin, check)
    yield from (f"Condition dropped: {_text(check)}." for check in left)
    if not found and not left and before.when != after.when:
        yield "The same conditions are grouped in another way."


def _key(check: Check) -> Key:
    return check.field, check.op


def _text(check: Check) -> str:
    return check_text(check.field, check.op, check.value, check.ignore_case)


def _changed(old: Check, new: Check) -> Iterator[str]:
    if not isinstance(old.value, list) or not isinstance(new.value, list):
        yield f"{_text(new)}; before: {_text(old)}."
        return
    name = field_text(new.field)
    more = [one for one in new.value if one not in old.value]
    less = [one for one in old.value if one not in new.value]
    verb = "excludes" if new.op.startswith("not_") else "allows"
    if more:
        yield f"{name} now also {verb} {value_text(more)}."
    if less:
        yield f"{name} no longer {verb} {value_text(less)}."
    if not more and not less:
        yield f"{_text(new)}; before: {_text(old)}."


def _steps(before: Sequence[StepDefinition], after: Sequence[StepDefinition]) -> Iterator[str]:
    old, new = _by_id(before), _by_id(after)
    for number, step in enumerate(after, start=1):
        if step.id not in old:
            yield f"New step {number}, {step.id}: {_title(step)}."
        else:
            yield from _step(old[step.id], step)
    yield from (f"Step dropped, {one.id}: {_title(one)}." for one in before if one.id not in new)
    kept = [step.id for step in before if step.id in new]
    if kept != [step.id for step in after if step.id in old]:
        yield f"The steps run in another order: {', '.join(step.id for step in after)}."


def _by_id(steps: Sequence[StepDefinition]) -> Mapping[str, StepDefinition]:
    return {step.id: step for step in steps}


def _step(old: StepDefinition, new: StepDefinition) -> Iterator[str]:
    if old.action != new.action:
        yield f"Step {new.id} does something else: {_title(new)} instead of {_title(old)}."
    for change in diffing.changes(old.with_, new.with_):
        name = f"Step {new.id}: {change.path}"
        if change.kind == "added":
            yield f"{name} is new: {_quoted(change.after)}."
        elif change.kind == "removed":
            yield f"{name} is dropped; it was {_quoted(change.before)}."
        else:
            yield f"{name} is now {_quoted(change.after)}; it was {_quoted(change.before)}."


def _title(step: StepDefinition) -> str:
    action = ACTIONS.get(step.action)
    return action.title if action else step.action


def _quoted(value: JsonValue) -> str:
    return f"“{value_text(value)}”"
