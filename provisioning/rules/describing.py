"""A rule in plain words, line by line, as the read view shows it. The lines are plain text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from provisioning.actions.base import Action
from provisioning.rules.bounds import shown
from provisioning.rules.operators import OPERATORS, Needs
from provisioning.rules.schema import Definition, StepDefinition
from provisioning.rules.tree import AllOf, AnyOf, Check, Condition, Negation

SHOWN = 120


@dataclass(frozen=True, slots=True)
class Line:
    indent: int
    text: str


def field_text(field: str) -> str:
    """`user.profile.firstName` as "First name", `previous.status` as "Previous status"."""
    root, *rest = field.split(".")
    if root == "user":
        rest = rest[1:] if rest[:1] == ["profile"] and len(rest) > 1 else rest
        words = rest
    elif root == "event" and rest[:1] == ["target"]:
        words = rest[1:]
    else:
        words = [root, *(part for part in rest if part != "profile")]
    text = " ".join(_words(word) for word in words)
    return text[:1].upper() + text[1:]


def _words(name: str) -> str:
    """camelCase and snake_case as words; what is all capitals stays."""
    if name.isupper():
        return name
    spaced = "".join(f" {c.lower()}" if c.isupper() else c for c in name.replace("_", " "))
    return " ".join(spaced.split())


def value_text(value: JsonValue) -> str:
    """In one line, cut at 120 characters."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(value_text(part) for part in value[:20]) + (", …" if value[20:] else "")
    whole = str(shown(value, 4 * SHOWN))
    text = " ".join(whole.split())
    if len(text) > SHOWN:
        return text[: SHOWN - 1] + "…"
    padded = whole.strip("\n") != whole.strip()
    return text if text and not padded else f'"{text}"'


def check_text(field: str, op: str, value: JsonValue, ignore_case: bool = False) -> str:
    """Such as "Department is Marketing"."""
    operator = OPERATORS[op]
    text = f"{field_text(field)} {operator.words}"
    if operator.needs is not Needs.NOTHING:
        text = f"{text} {value_text(value)}"
    return f"{text} (upper and lower case alike)" if ignore_case else text


def condition_lines(node: Condition | None, indent: int = 0) -> Iterator[Line]:
    match node:
        case None:
            yield Line(indent, "always")
        case Check():
            yield Line(indent, check_text(node.field, node.op, node.value, node.ignore_case))
        case Negation():
            yield Line(indent, "not:")
            yield from condition_lines(node.part, indent + 1)
        case AllOf() | AnyOf():
            every = "all of these:" if isinstance(node, AllOf) else "at least one of these:"
            yield Line(indent, every)
            for part in node.parts:
                yield from condition_lines(part, indent + 1)


def step_lines(step: StepDefinition, actions: Mapping[str, Action[Any]]) -> Iterator[Line]:
    """The action's title, then its parameters as they are written, templates unfilled."""
    action = actions.get(step.action)
    yield Line(0, f"{action.title if action else step.action} ({step.id})")
    yield from _parameters(step.with_, 1)


def _parameters(values: Mapping[str, JsonValue], indent: int) -> Iterator[Line]:
    for key, value in values.items():
        nested = _nested(value)
        if nested is None:
            yield Line(indent, f"{key}: {value_text(value)}")
        else:
            yield Line(indent, f"{key}:")
            yield from _parameters(nested, indent + 1)


def _nested(value: JsonValue) -> Mapping[str, JsonValue] | None:
    """A map, or a list of more than plain values with its positions as keys."""
    if isinstance(value, dict) and value:
        return value
    if isinstance(value, list) and any(isinstance(part, dict | list) for part in value):
        return {str(number): part for number, part in enumerate(value, start=1)}
    return None


@dataclass(frozen=True, slots=True)
class Description:
    when: tuple[str, ...]
    conditions: tuple[Line, ...]
    steps: tuple[tuple[Line, ...], ...]


def describe(definition: Definition, actions: Mapping[str, Action[Any]]) -> Description:
    """The rule as three parts: the event types, the conditions, the lines of each step."""
    return Description(
        when=tuple(definition.on),
        conditions=tuple(condition_lines(definition.when)),
        steps=tuple(tuple(step_lines(step, actions)) for step in definition.do),
    )
