"""Conditions as the builder edits them: groups and single conditions, each with a number.

The root is 1, its second part 1.2. A group says All, Any, None or Not all; `not` stands around one
condition. What has no such shape is kept as it is, to be edited as YAML.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from portal.builder import notation
from portal.builder.strict import Unreadable, from_yaml, same, yaml_of
from provisioning.rules.problems import Path

Number = tuple[int, ...]
KINDS = {
    "all": "All of these are true",
    "any": "At least one of these is true",
    "none": "None of these is true",
    "not_all": "Not all of these are true",
}
#: `not` around one condition; in the builder it is one of the groups
NOT = "not"
_INSIDE_NOT = {"any": "none", "all": "not_all"}
_KEYS = {"field", "op", "value", "ignore_case"}


@dataclass(slots=True)
class Leaf:
    """One condition as its fields say it; `raw` is YAML in their place."""

    field: str = ""
    op: str = "equals"
    value: str = ""
    ignore_case: bool = False
    raw: str | None = None


@dataclass(slots=True)
class Group:
    kind: str = "all"
    parts: "list[Group | Leaf]" = field(default_factory=list)


Node = Group | Leaf


def tree_of(when: JsonValue) -> Group | Leaf:
    """The tree of a definition's `when`; an empty group where it says nothing."""
    return Group() if when is None else _node(when)


def _node(data: JsonValue) -> Node:
    if isinstance(data, dict) and len(data) == 1:
        (key, inside), = data.items()  # fmt: skip
        if key in ("all", "any") and isinstance(inside, list):
            return Group(key, [_node(part) for part in inside])
        if key == "not" and isinstance(inside, dict):
            return _negation(inside)
    return _leaf(data)


def _negation(inside: Mapping[str, JsonValue]) -> Group:
    for key, kind in _INSIDE_NOT.items():
        parts = inside.get(key)
        if len(inside) == 1 and isinstance(parts, list):
            return Group(kind, [_node(part) for part in parts])
    return Group(NOT, [_node(dict(inside))])


def _leaf(data: JsonValue) -> Leaf:
    if isinstance(data, dict) and data.keys() <= _KEYS:
        field, op = data.get("field"), data.get("op")
        if isinstance(field, str) and isinstance(op, str):
            needs = notation.needs_of(op)
            value = notation.written(data.get("value"), needs)
            leaf = Leaf(field, op, value, data.get("ignore_case") is True)
            if same(data_of(leaf), _without_defaults(data)):
                return leaf
    return Leaf(raw=yaml_of(data))


def _without_defaults(data: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    defaults = {"value": None, "ignore_case": False}
    return {
        key: value
        for key, value in data.items()
        if key not in defaults or value is not defaults[key]
    }


def when_of(tree: Node) -> JsonValue:
    """The `when` of a tree; None for an empty one. Raises Unreadable for broken YAML."""
    return None if isinstance(tree, Group) and not tree.parts else data_of(tree)


def data_of(node: Node) -> JsonValue:
    if isinstance(node, Leaf):
        return _check(node)
    parts: list[JsonValue] = [data_of(part) for part in node.parts]
    if node.kind == NOT and len(parts) == 1:
        return {"not": parts[0]}
    if node.kind in (NOT, "none"):
        return {"not": {"any": parts}}
    return {"not": {"all": parts}} if node.kind == "not_all" else {node.kind: parts}


def _check(leaf: Leaf) -> JsonValue:
    if leaf.raw is not None:
        return from_yaml(leaf.raw)
    op = leaf.op.strip()
    data: dict[str, JsonValue] = {"field": leaf.field.strip(), "op": op}
    value = notation.read(leaf.value, notation.needs_of(op))
    if value is not None:
        data["value"] = value
    return {**data, "ignore_case": True} if leaf.ignore_case else data


def unreadable(tree: Node) -> Iterator[tuple[Number, str]]:
    """Every condition whose YAML cannot be read, with a sentence."""
    for number, node, _ in walk(tree):
        if isinstance(node, Leaf) and node.raw is not None:
            try:
                from_yaml(node.raw)
            except Unreadable as problem:
                yield number, str(problem)


def walk(node: Node, number: Number = (1,), place: Path = ("when",)) -> Iterator[
    tuple[Number, Node, Path]
]:  # fmt: skip
    """Every node with its number and its path in the definition, outermost first."""
    yield number, node, place
    if isinstance(node, Group):
        inside = _inside(node, place)
        for position, part in enumerate(node.parts):
            path = (*place, "not") if inside is None else (*inside, position)
            yield from walk(part, (*number, position + 1), path)


def _inside(group: Group, place: Path) -> Path | None:
    """Where the parts of a group stand; None for the one that stands under `not`."""
    if group.kind == NOT:
        return None if len(group.parts) == 1 else (*place, "not", "any")
    steps = {"none": ("not", "any"), "not_all": ("not", "all")}.get(group.kind, (group.kind,))
    return (*place, *steps)
