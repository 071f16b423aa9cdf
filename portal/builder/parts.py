"""A definition taken apart for the builder, and put together again from what a form posts.

Names hold the place: `c.1.3.2.field` is of the second part of the third part of the conditions,
`s.2.w.subject.text` a parameter of the second step. What the builder has no field for is one text
of YAML, so that nothing of a rule is lost.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from portal.builder import tree as trees
from portal.builder.kinds import plain_lines
from portal.builder.panels import APPROVAL, LIMITS, read_panel, told
from portal.builder.parameters import read_parameters
from portal.builder.strict import Unreadable, from_yaml, same
from portal.builder.tree import KINDS, NOT, Group, Leaf, Node, Number
from provisioning.rules.bounds import storable

_CONDITION = re.compile(
    r"c\.([0-9]{1,3}(?:\.[0-9]{1,3}){0,11})\.(kind|field|op|value|ignore_case|raw)"
)
_STEP = re.compile(r"s\.([0-9]{1,3})\.(action|id|approval|raw|with|w\..{1,200})")
_TYPE = re.compile(r"on\.([0-9]{1,3})")
_HEAD = ("title", "description")


@dataclass(slots=True)
class Parts:
    """`head` is every key but on, when and do; `problems` are unreadable fields by name."""

    head: dict[str, JsonValue] = field(default_factory=dict)
    on: list[JsonValue] = field(default_factory=list)
    tree: Node = field(default_factory=Group)
    steps: list[JsonValue] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)

    def definition(self) -> dict[str, JsonValue]:
        """Raises Unreadable where `problems` says so of a condition."""
        when = trees.when_of(self.tree)
        whole: dict[str, JsonValue] = {**self.head}
        whole |= {"on": self.on} if self.on else {}
        whole |= {"when": when} if when is not None else {}
        whole |= {"do": self.steps} if self.steps else {}
        order = ("name", "kind", "title", "description", "enabled", "on", "when", "do", APPROVAL,
                 LIMITS)  # fmt: skip
        return {key: whole[key] for key in sorted(whole, key=lambda key: _position(key, order))}


def _position(key: str, order: tuple[str, ...]) -> int:
    return order.index(key) if key in order else len(order)


def parts_of(definition: Mapping[str, JsonValue]) -> Parts:
    head = {key: one for key, one in definition.items() if key not in ("on", "when", "do")}
    parts = Parts(head=head, tree=trees.tree_of(definition.get("when")))
    for key in ("on", "do"):
        value = definition.get(key)
        if not isinstance(value, list):
            if value is not None:
                head[key] = value
        elif key == "do":
            parts.steps = [*value]
        elif all(isinstance(one, str) for one in value):
            parts.on = [*value]
        else:
            head[key] = value
    return parts


def shown_head(head: Mapping[str, JsonValue]) -> tuple[dict[str, str], dict[str, JsonValue]]:
    """What of the head has a field of its own, and the rest, which is one text of YAML."""
    fields: dict[str, str] = {}
    rest: dict[str, JsonValue] = {}
    for key, value in head.items():
        if key in ("name", "kind"):
            if key == "kind" and value != "event":
                rest[key] = value
        elif key in _HEAD and isinstance(value, str) and plain_lines(value).strip() == value != "":
            fields[key] = value
        elif key == "enabled" and isinstance(value, bool):
            fields["off"] = "" if value else "1"
        elif not told(key, head):
            rest[key] = value
    return fields, rest


def posted_parts(posted: Mapping[str, str], name: str) -> Parts:
    """What a form says, whatever was sent."""
    clean = {key: storable(plain_lines(text)) for key, text in posted.items()}
    parts = Parts(head={"name": name, "kind": "event"})
    for key in _HEAD:
        if text := clean.get(key, "").strip():
            parts.head[key] = text
    if clean.get("off"):
        parts.head["enabled"] = False
    for key in (APPROVAL, LIMITS):
        said, wrong = read_panel(key, clean)
        parts.head |= said
        parts.problems |= wrong
    _read_rest(parts, clean.get("rest", ""))
    types = _numbered(_TYPE, clean)
    parts.on += [text.strip() for _, text in types if text.strip()]
    parts.tree = _posted_tree(clean)
    parts.problems |= {
        f"c.{_dotted(number)}.raw": said for number, said in trees.unreadable(parts.tree)
    }
    parts.steps += _posted_steps(clean, parts.problems)
    return parts


def _read_rest(parts: Parts, text: str) -> None:
    if not text.strip():
        return
    try:
        rest = from_yaml(text)
    except Unreadable as problem:
        parts.problems["rest"] = str(problem)
        return
    if not isinstance(rest, dict):
        parts.problems["rest"] = "A mapping of keys to values is expected."
        return
    for key, value in rest.items():
        if key == "do" and isinstance(value, list):
            parts.steps += value
        elif key == "on" and isinstance(value, list):
            parts.on += value
        elif key not in ("name", "when"):
            parts.head[key] = value


def _numbered(pattern: re.Pattern[str], posted: Mapping[str, str]) -> list[tuple[int, str]]:
    found = [(pattern.fullmatch(key), text) for key, text in posted.items()]
    return sorted((int(match[1]), text) for match, text in found if match)


def _dotted(number: Number) -> str:
    return ".".join(map(str, number))


def _posted_tree(posted: Mapping[str, str]) -> Node:
    told: dict[Number, dict[str, str]] = {}
    for key, text in posted.items():
        if match := _CONDITION.fullmatch(key):
            number = tuple(int(part) for part in match[1].split("."))
            told.setdefault(number, {})[match[2]] = text
    children: dict[Number, list[Number]] = {}
    for number in sorted(told):
        children.setdefault(number[:-1], []).append(number)
    return _posted_node((1,), told, children) if (1,) in told else Group()


def _posted_node(
    number: Number,
    told: Mapping[Number, Mapping[str, str]],
    children: Mapping[Number, list[Number]],
) -> Node:
    said = told[number]
    kind = said.get("kind", "")
    if "raw" in said:
        return Leaf(raw=said["raw"])
    if kind or number in children:
        parts = [_posted_node(one, told, children) for one in children.get(number, ())]
        return Group(kind if kind in KINDS or kind == NOT else "all", parts)
    op, value = said.get("op", "equals"), said.get("value", "")
    return Leaf(said.get("field", ""), op, value, bool(said.get("ignore_case")))


def _posted_steps(posted: Mapping[str, str], problems: dict[str, str]) -> list[JsonValue]:
    told: dict[int, dict[str, str]] = {}
    for key, text in posted.items():
        if match := _STEP.fullmatch(key):
            told.setdefault(int(match[1]), {})[match[2]] = text
    return [_posted_step(f"s.{number}", told[number], problems) for number in sorted(told)]


def _posted_step(prefix: str, said: Mapping[str, str], problems: dict[str, str]) -> JsonValue:
    whole = "raw" if "raw" in said else "with" if "with" in said else ""
    given: JsonValue = None
    if whole:
        try:
            given = from_yaml(said[whole])
        except Unreadable as problem:
            problems[f"{prefix}.{whole}"] = str(problem)
    if whole == "raw":
        return given
    if not whole:
        inside = {key[2:]: text for key, text in said.items() if key.startswith("w.")}
        given, wrong = read_parameters(inside)
        problems |= {f"{prefix}.w.{key}": text for key, text in wrong.items()}
    step: dict[str, JsonValue] = {
        "id": said.get("id", "").strip(),
        "action": said.get("action", ""),
    }
    if not same(given, {}) and given is not None:
        step["with"] = given
    step["approval"] = said.get("approval", "").strip()
    return {key: one for key, one in step.items() if key == "with" or one}


def definition_of(posted: Mapping[str, str], name: str) -> dict[str, JsonValue]:
    """The definition that a form says. Raises Unreadable where a text of YAML is broken."""
    parts = posted_parts(posted, name)
    for sentence in parts.problems.values():
        raise Unreadable(sentence)
    return parts.definition()
