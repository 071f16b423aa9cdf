"""Conditions that can never hold together, found without any data. Pure.

What is called unreachable never matches, whatever the facts; nothing is said of what only seems
unlikely. Conditions that are not written to the end are passed over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import JsonValue, ValidationError

from provisioning.rules.contradictions import conflict
from provisioning.rules.describing import check_text
from provisioning.rules.operators import OPERATORS
from provisioning.rules.problems import Path
from provisioning.rules.tree import Check

_OPPOSITES = {one.opposite_of: op for op, one in OPERATORS.items() if one.opposite_of}


@dataclass(frozen=True, slots=True)
class Unreachable:
    """`place` is the group or condition that never holds, `at` the condition to look at."""

    place: Path
    at: Path
    sentence: str


@dataclass(frozen=True, slots=True)
class _Wish:
    """A condition that has to hold; `None` in place of one that cannot be read."""

    check: Check
    at: Path


def unreachable(when: JsonValue) -> list[Unreachable]:
    """Every innermost part of `when` that never holds."""
    return list(_node(when, ("when",)))


def never_matches(when: JsonValue) -> bool:
    """Whether the conditions as a whole can hold for no event at all."""
    return _never(when, ("when",), negated=False)


def _node(node: JsonValue, place: Path) -> Iterator[Unreachable]:
    if not isinstance(node, dict):
        return
    inside = list(_inside(node, place))
    found = [one for part, at in inside for one in _node(part, at)]
    yield from found
    if not found and _joins(node):
        yield from _together(node, place)


def _inside(node: dict[str, JsonValue], place: Path) -> Iterator[tuple[JsonValue, Path]]:
    """The parts of a group; what stands under `not` holds in another sense, so it is no part."""
    for key in ("all", "any"):
        listed = node.get(key)
        for index, part in enumerate(listed if isinstance(listed, list) else ()):
            yield part, (*place, key, index)


def _joins(node: dict[str, JsonValue]) -> bool:
    return "any" not in node


def _together(node: JsonValue, place: Path) -> Iterator[Unreachable]:
    wishes = list(_wishes(node, place, negated=False))
    if found := _first_conflict(wishes):
        later, sentence = found
        yield Unreachable(place, later, sentence)


def _first_conflict(wishes: Sequence[_Wish]) -> tuple[Path, str] | None:
    """The last of the conditions of one field that cannot hold with those before it."""
    by_field: dict[str, list[_Wish]] = {}
    for wish in wishes:
        before = by_field.setdefault(wish.check.field, [])
        before.append(wish)
        if not conflict([one.check for one in before]):
            continue
        for one in before[:-1]:
            if conflict([one.check, wish.check]):
                return wish.at, f"“{_said(one)}” and “{_said(wish)}” never hold together."
        if len(before) == 1 or conflict([wish.check]):
            return wish.at, f"“{_said(wish)}” never holds."
        said = ", ".join(f"“{_said(one)}”" for one in before)
        return wish.at, f"{said} never hold together."
    return None


def _said(wish: _Wish) -> str:
    check = wish.check
    return check_text(check.field, check.op, check.value, check.ignore_case)


def _wishes(node: JsonValue, place: Path, *, negated: bool) -> Iterator[_Wish]:
    """What must hold for `node` to hold (or not to hold, where `negated`)."""
    if not isinstance(node, dict):
        return
    joined = "any" if negated else "all"
    listed = node.get(joined)
    if isinstance(listed, list) and len(node) == 1:
        for index, part in enumerate(listed):
            yield from _wishes(part, (*place, joined, index), negated=negated)
    elif len(node) == 1 and "not" in node:
        yield from _wishes(node["not"], (*place, "not"), negated=not negated)
    elif "field" in node and (check := _check(node, negated)):
        yield _Wish(check, place)


def _check(node: dict[str, JsonValue], negated: bool) -> Check | None:
    try:
        check = Check.model_validate(node)
    except ValidationError:
        return None
    if not negated:
        return check
    opposite = OPERATORS[check.op].opposite_of or _OPPOSITES.get(check.op)
    return check.model_copy(update={"op": opposite}) if opposite else None


def _never(node: JsonValue, place: Path, *, negated: bool) -> bool:
    if not isinstance(node, dict):
        return False
    if len(node) == 1 and "not" in node:
        return _never(node["not"], (*place, "not"), negated=not negated)
    joined, split = ("any", "all") if negated else ("all", "any")
    listed = node.get(split)
    if isinstance(listed, list) and len(node) == 1:
        return bool(listed) and all(_never(part, place, negated=negated) for part in listed)
    if _first_conflict(list(_wishes(node, place, negated=negated))):
        return True
    listed = node.get(joined)
    parts = listed if isinstance(listed, list) and len(node) == 1 else []
    return any(_never(part, place, negated=negated) for part in parts)
