"""What the buttons of the builder do: `add:1.3` and the like, on trees and lists. Pure.

A button that fits nothing (an old page, a made-up number) does nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from portal.builder.tree import NOT, Group, Leaf, Node, Number
from provisioning.rules.schema import MAX_DEPTH

MOST_PARTS = 100
MOST_STEPS = 50
MOST_TYPES = 50
_OPERATION = re.compile(r"(?a:([a-z-]{1,20})(?::([0-9]{1,3}(?:\.[0-9]{1,3}){0,11}))?)")


@dataclass(frozen=True, slots=True)
class Done:
    """What an operation led to: the tree, the name of the field to go on with, or why not."""

    tree: Node
    focus: str = ""
    refused: str = ""


def parse(text: str) -> tuple[str, Number]:
    """`add:1.3` as its word and number; what is no operation is `save`."""
    found = _OPERATION.fullmatch(text)
    if found is None:
        return "save", ()
    return found[1], tuple(int(part) for part in (found[2] or "").split(".") if part)


def on_tree(tree: Node, word: str, number: Number) -> Done:
    if word in ("add", "group"):
        return _add(tree, number, Leaf() if word == "add" else Group("any", [Leaf()]))
    if word in ("remove", "up", "down") and len(number) > 1:
        parent = at(tree, number[:-1])
        if isinstance(parent, Group) and 0 < number[-1] <= len(parent.parts):
            if word == "remove":
                del parent.parts[number[-1] - 1]
                return Done(tree, f"add:{text(number[:-1])}")
            return _move(tree, parent, number, word)
    if word == "remove" and number == (1,):
        return Done(Group(), "add:1")
    return Done(tree)


def text(number: Number) -> str:
    return ".".join(str(part) for part in number)


def at(tree: Node, number: Number) -> Node | None:
    node: Node | None = tree if number[:1] == (1,) else None
    for part in number[1:]:
        if not isinstance(node, Group) or not 0 < part <= len(node.parts):
            return None
        node = node.parts[part - 1]
    return node


def _add(tree: Node, number: Number, new: Node) -> Done:
    into = at(tree, number)
    if isinstance(into, Leaf) and number == (1,):
        tree = into = Group("all", [into])
    if not isinstance(into, Group):
        return Done(tree)
    if len(into.parts) >= MOST_PARTS:
        return Done(tree, refused=f"A group has at most {MOST_PARTS} conditions.")
    into.parts.append(new)
    if depth(tree) > MAX_DEPTH:
        into.parts.pop()
        return Done(tree, refused=f"Conditions can be nested up to {MAX_DEPTH} levels.")
    place = (*number, len(into.parts), *((1,) if isinstance(new, Group) else ()))
    return Done(tree, f"c.{text(place)}.field")


def depth(node: Node) -> int:
    """Levels as the definition counts them: a negation is a level of its own."""
    if isinstance(node, Leaf):
        return 1
    alone = node.kind == NOT and len(node.parts) == 1
    own = 2 if node.kind in ("none", "not_all") or (node.kind == NOT and not alone) else 1
    return own + max((depth(part) for part in node.parts), default=0)


def _move(tree: Node, parent: Group, number: Number, word: str) -> Done:
    """One line up or down as it is seen: past a condition, into a group, or out of its own."""
    index, step = number[-1] - 1, -1 if word == "up" else 1
    node = parent.parts.pop(index)
    beside = index + min(step, 0)  # the neighbour, now that the node is out
    if 0 <= beside < len(parent.parts):
        neighbour = parent.parts[beside]
        if isinstance(neighbour, Group) and isinstance(node, Leaf):
            into, position = neighbour, len(neighbour.parts) if step < 0 else 0
            place = (*number[:-1], beside + 1)
        else:
            into, position, place = parent, index + step, number[:-1]
    elif len(number) > 2 and isinstance(outer := at(tree, number[:-2]), Group):
        into, place = outer, number[:-2]
        position = number[-2] - 1 + max(step, 0)
    else:
        into, position, place = parent, index, number[:-1]
    into.parts.insert(position, node)
    return Done(tree, f"{word}:{text((*place, position + 1))}")


def on_list(items: list[JsonValue], word: str, number: Number) -> None:
    """`remove`, `up` or `down` of one in a list that counts from 1."""
    index = number[0] - 1 if len(number) == 1 else -1
    if not 0 <= index < len(items):
        return
    if word == "remove":
        del items[index]
        return
    other = index + (-1 if word == "up" else 1)
    if 0 <= other < len(items):
        items[index], items[other] = items[other], items[index]


def new_step(action: str, steps: list[JsonValue]) -> Mapping[str, JsonValue]:
    """A step to fill in, with an id that no other has."""
    taken = {step.get("id") for step in steps if isinstance(step, dict)}
    stem = re.sub(r"[^a-z0-9_]", "_", action.rpartition(".")[2].lower())[:36] or "step"
    stem = stem if stem[0].isalpha() else f"s_{stem}"[:36]
    name, count = stem, 1
    while name in taken:
        count += 1
        name = f"{stem}_{count}"
    return {"id": name, "action": action}
