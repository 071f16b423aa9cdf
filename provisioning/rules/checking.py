"""Everything that can be wrong with a definition, found without calling anybody."""

from typing import Any

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic_core import ErrorDetails

from provisioning.rules.approval import Demand
from provisioning.rules.problems import Finding, Path
from provisioning.rules.schema import PATTERNS, Definition, StepDefinition
from provisioning.rules.step_checking import Actions, steps
from provisioning.rules.tree import TAG, AllOf, AnyOf, Check, Negation
from provisioning.rules.wording import keys, other, unknown_key

_NODE_KEYS = ["field", "op", "value", "ignore_case", "all", "any", "not"]


def check(data: JsonValue, actions: Actions) -> tuple[Definition | None, list[Finding]]:
    """The definition, or None and everything that is wrong with it."""
    if not isinstance(data, dict):
        return None, [Finding((), "A rule is a mapping of keys to values.", "name, kind, on, do")]
    if (kind := data.get("kind")) != "event" and (found := _kind(kind)):
        return None, [found]
    data = with_step_ids(data)
    problems: list[Finding] = []
    definition = None
    try:
        definition = Definition.model_validate(data)
    except ValidationError as error:
        problems += schema_findings(error)
    problems += steps(data, definition, actions)
    return (None if problems else definition), problems


def _kind(kind: JsonValue) -> Finding | None:
    if kind == "membership":
        return Finding(
            ("kind",), "Rules of kind `membership` are not available in this version.", "event"
        )
    return None


def with_step_ids(data: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Steps without an id get one from the action's name: `email.send` is `email_send`."""
    listed = data.get("do")
    if not isinstance(listed, list):
        return data
    given = [step.get("id") for step in listed if isinstance(step, dict)]
    taken: set[JsonValue] = {identity for identity in given if isinstance(identity, str)}
    filled: list[JsonValue] = []
    for step in listed:
        if isinstance(step, dict) and step.get("id") is None:
            named = step.get("action")
            step = {**step, "id": _free(named if isinstance(named, str) else "step", taken)}
        filled.append(step)
    return {**data, "do": filled}


def _free(action: str, taken: set[JsonValue]) -> str:
    stem = action.replace(".", "_").lower()[:36]
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    taken.add(name)
    return name


def schema_findings(error: ValidationError) -> list[Finding]:
    return [_finding(detail) for detail in error.errors(include_url=False)]


def _finding(detail: ErrorDetails) -> Finding:
    """What pydantic says, in our words."""
    path = tuple(p for p in detail["loc"] if not (isinstance(p, str) and p.startswith(TAG)))
    context: dict[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "sentence":
            return Finding(path, detail["msg"], str(context.get("expected", "")))
        case "not_a_condition":
            return Finding(path, detail["msg"], "field, op and value; or all, any, not")
        case "missing":
            return Finding(path, f"`{path[-1]}` is missing.", _meaning(path))
        case "extra_forbidden":
            return Finding(path, *unknown_key(str(path[-1]), _known_keys(path)))
        case "string_pattern_mismatch":
            return Finding(path, _mismatch(path, detail), PATTERNS[context["pattern"]])
        case _:
            return Finding(path, *other(detail))


def _mismatch(path: Path, detail: ErrorDetails) -> str:
    given = str(detail["input"])
    wildcard = path[:1] == ("on",) and "*" in given
    return f"{'Wildcards are not available' if wildcard else 'This is not valid'}: `{given[:80]}`."


def _model_at(path: Path) -> type[BaseModel]:
    if path[0] == "approval" and len(path) > 1:
        return Demand
    return StepDefinition if path[0] == "do" and len(path) == 3 else Definition


def _known_keys(path: Path) -> list[str]:
    if path[0] == "when":
        return _NODE_KEYS
    return keys(_model_at(path))


def _meaning(path: Path) -> str:
    models = (AllOf, AnyOf, Negation, Check) if path[0] == "when" else (_model_at(path),)
    for model in models:
        for name, field in model.model_fields.items():
            if path[-1] == (field.alias or name):
                return field.description or ""
    return ""
