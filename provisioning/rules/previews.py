"""What a step would do for an event, rendered the way execution renders it. Nothing is called.

Outputs of earlier steps that are not known yet stand as marked placeholders, such as
`«folder.output.url, known after that step»`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue, ValidationError

from provisioning.actions import registry
from provisioning.actions.base import Action, Params
from provisioning.rules.conditions import Verdict, evaluate
from provisioning.rules.definitions import Definition
from provisioning.rules.expressions import TABLES
from provisioning.rules.fields import Facts
from provisioning.rules.filters import Tables
from provisioning.rules.templating import TemplateProblem, html_keys, references, render


@dataclass(frozen=True, slots=True)
class StepPreview:
    """One step as it would be sent. `params` is None and `sentence` empty where `problems` say
    why it cannot be; `pending` names the outputs that are not known yet."""

    position: int
    key: str
    action: str
    title: str
    effect: str
    sentence: str
    target: str
    params: JsonValue
    problems: tuple[str, ...]
    pending: tuple[str, ...]
    read_first: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule says of some facts, and what it would do."""

    verdict: Verdict
    steps: tuple[StepPreview, ...]


def preview(
    definition: Definition,
    facts: Facts,
    *,
    run_code: str = "preview",
    tables: Tables | None = None,
) -> Preview:
    """Hold a definition against facts. Pure: nothing is read, called or stored. `tables` are the
    lookup tables that it reads."""
    verdict = evaluate(definition.when, facts)
    names = facts.names()
    names["match"] = dict(verdict.matches)
    names[TABLES] = {name: dict(entries) for name, entries in (tables or {}).items()}
    names["run"], names["rule"] = {"code": run_code}, {"name": definition.name}
    steps = tuple(
        preview_step(position, step.id, step.action, step.with_, names)
        for position, step in enumerate(definition.do, start=1)
    )
    return Preview(verdict, steps)


def preview_step(
    position: int, key: str, action_name: str, template: JsonValue, names: Mapping[str, JsonValue]
) -> StepPreview:
    """`names` is what templates may use; `names["steps"]` holds the outputs known so far."""
    action = registry.ACTIONS.get(action_name)
    if action is None:
        return _broken(position, key, action_name, [f"There is no action {action_name} any more."])
    known, pending = _with_placeholders(template, names)
    try:
        html = html_keys(action.params)
        rendered = render(template, known, path=("do", position - 1, "with"), html=html)
        params: Params = action.params.model_validate(rendered)
    except TemplateProblem as problem:
        return _broken(position, key, action_name, [str(problem)], action, pending)
    except ValidationError as error:
        return _broken(position, key, action_name, _problems(error), action, pending)
    return StepPreview(
        position=position,
        key=key,
        action=action_name,
        title=action.title,
        effect=action.effect.value,
        sentence=action.describe(params),
        target=action.target(params),
        params=rendered,
        problems=() if pending else tuple(action.problems(params)),
        pending=tuple(pending),
        read_first=action.readable(params),
    )


def resolved(
    value: JsonValue, names: Mapping[str, JsonValue], *, html: bool = False
) -> tuple[JsonValue, str]:
    """One value with its templates filled as a step's would be, or why it cannot be."""
    known, _ = _with_placeholders(value, names)
    keys = frozenset({"value"}) if html else frozenset()
    try:
        rendered = render({"value": value}, known, html=keys)
    except TemplateProblem as problem:
        return None, problem.message
    return (rendered["value"] if isinstance(rendered, dict) else None), ""


def _broken(
    position: int,
    key: str,
    name: str,
    problems: Sequence[str],
    action: Action[Any] | None = None,
    pending: Sequence[str] = (),
) -> StepPreview:
    title, effect = (action.title, action.effect.value) if action else (name, "")
    return StepPreview(
        position, key, name, title, effect, "", "", None, tuple(problems), tuple(pending), False
    )


def _problems(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"
        for one in error.errors(include_url=False, include_input=False)
    ]


def _with_placeholders(
    template: JsonValue, names: Mapping[str, JsonValue]
) -> tuple[Mapping[str, JsonValue], list[str]]:
    """`names` and a placeholder for each output that is used and not known."""
    given = names.get("steps")
    steps: dict[str, Any] = dict(given) if isinstance(given, dict) else {}
    made: dict[str, Any] = {}
    pending: list[str] = []
    for _, reference in references(template):
        root, *rest = reference.path
        if root != "steps" or not rest or str(rest[0]) in steps:
            continue
        said = str(reference).removeprefix("steps.")
        if _put(made, rest, f"«{said}, known after that step»") and said not in pending:
            pending.append(said)
    return {**names, "steps": {**made, **steps}}, pending


def _put(into: dict[str, Any], path: Sequence[str | int], text: str) -> bool:
    """Place `text` at a path of keys; False where the path goes through a list or a text."""
    *parents, last = path
    for part in parents:
        if not isinstance(part, str):
            return False
        inner = into.setdefault(part, {})
        if not isinstance(inner, dict):
            return False
        into = inner
    if not isinstance(last, str):
        return False
    into.setdefault(last, text)
    return True
