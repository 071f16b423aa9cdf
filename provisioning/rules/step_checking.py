"""What the schema alone cannot see of steps: actions, parameters, templates, their order."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

from provisioning.actions.base import Action
from provisioning.rules.expressions import Reference
from provisioning.rules.problems import Finding, Path
from provisioning.rules.schema import Definition, match_names
from provisioning.rules.templating import findings, is_template, references
from provisioning.rules.tree import SENTENCE
from provisioning.rules.wording import keys, near, other, unknown_key

Actions = Mapping[str, Action[Any]]


def steps(
    data: dict[str, JsonValue], definition: Definition | None, actions: Actions
) -> Iterator[Finding]:
    """What the schema alone cannot see: actions, their parameters, templates, order."""
    listed = data.get("do")
    earlier: dict[str, str] = {}
    for index, step in enumerate(listed if isinstance(listed, list) else []):
        if not isinstance(step, dict):
            continue
        path: Path = ("do", index)
        name, given = step.get("action"), step.get("with", {})
        if isinstance(name, str) and name not in actions:
            hint = near(name, actions)
            yield Finding((*path, "action"), f"Unknown action `{name[:80]}`.{hint}",
                          f"one of {', '.join(sorted(actions))}")  # fmt: skip
        elif isinstance(name, str) and isinstance(given, dict):
            yield from _parameters(actions[name], given, (*path, "with"))
        yield from findings(given, (*path, "with"))
        yield from _uses(given, (*path, "with"), definition, earlier, actions)
        yield from _register(step, path, earlier)


def _register(step: dict[str, JsonValue], path: Path, earlier: dict[str, str]) -> Iterator[Finding]:
    identity = step.get("id")
    if isinstance(identity, str):
        if identity in earlier:
            yield Finding((*path, "id"), f"Another step has the id `{identity[:80]}` already.")
        earlier[identity] = str(step.get("action"))


def _uses(
    given: JsonValue,
    path: Path,
    definition: Definition | None,
    earlier: Mapping[str, str],
    actions: Actions,
) -> Iterator[Finding]:
    for place, reference in references(given, path):
        if reference.path[0] == "steps":
            yield from _step_use(place, reference, earlier, actions)
        elif reference.path[0] == "match" and definition is not None:
            groups = match_names(definition.when)
            if len(reference.path) < 2 or reference.path[1] not in groups:
                yield Finding(place, f"`{reference}` is not a named group of a pattern in `when`.",
                              _one_of("match", groups))  # fmt: skip
        elif str(reference) not in ("run.code", "rule.name") and reference.path[0] in (
            "run",
            "rule",
        ):
            yield Finding(place, f"`{reference}` does not exist.", "run.code or rule.name")


def _step_use(
    place: Path, reference: Reference, earlier: Mapping[str, str], actions: Actions
) -> Iterator[Finding]:
    identity, *rest = (str(part) for part in reference.path[1:] or ("?",))
    if identity not in earlier:
        yield Finding(place, f"`{reference}`: no earlier step has the id `{identity}`.",
                      _one_of("steps", earlier))  # fmt: skip
        return
    action = actions.get(earlier[identity])
    if rest[:1] != ["output"]:
        expected = f"steps.{identity}.output and a name"
        yield Finding(place, f"`{reference}` does not exist.", expected)
    elif action and len(rest) > 1 and rest[1] not in action.outputs:
        yield Finding(place, f"`{reference}`: {action.name} has no output `{rest[1]}`.",
                      _one_of(f"steps.{identity}.output", action.outputs))  # fmt: skip


def _one_of(prefix: str, names: Iterable[str]) -> str:
    return ", ".join(f"{prefix}.{name}" for name in sorted(names)) or "no reference here"


def _parameters(action: Action[Any], given: dict[str, JsonValue], path: Path) -> Iterator[Finding]:
    """Values that hold templates are not known yet: of them only the keys are checked."""
    try:
        params = action.params.model_validate(given)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            place, value, found = _follow(given, detail["loc"])
            if detail["type"] in ("missing", "extra_forbidden") or not (
                found and is_template(value)
            ):
                yield _parameter(action, detail, (*path, *place))
        return
    if not is_template(given):
        for message in action.problems(params):
            yield Finding(path, message)


def _parameter(action: Action[Any], detail: ErrorDetails, path: Path) -> Finding:
    key = str(path[-1])
    if detail["type"] == "missing":
        field = action.params.model_fields.get(key)
        meaning = field.description or "" if field else ""
        return Finding(path, f"`{key}` is missing.", meaning)
    if detail["type"] == "extra_forbidden":
        known = keys(action.params) if len(detail["loc"]) == 1 else []
        message, expected = unknown_key(key, known)
        return Finding(path, message, expected if known else "")
    if detail["type"] == SENTENCE:
        return Finding(path, detail["msg"])
    return Finding(path, *other(detail))


def _follow(given: JsonValue, place: Path) -> tuple[Path, JsonValue, bool]:
    """Where an error of pydantic is in `given`; names of union members are not keys, so skipped."""
    value: JsonValue = given
    path: Path = ()
    for index, part in enumerate(place):
        if isinstance(value, dict) and part in value:
            value, path = value[str(part)], (*path, part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value, path = value[part], (*path, part)
        elif index == len(place) - 1 and isinstance(value, dict):
            return (*path, part), None, False
    return path, value, True
