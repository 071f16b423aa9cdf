"""The operators of conditions: what each needs and when it holds. None of them raises.

A value of the wrong kind (a list where text is expected) does not hold. `not_…` and `missing`
are exact opposites, so they hold then and for a missing value.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeGuard

import re2
from pydantic import JsonValue

Scalar = str | int | float | bool
Holds = Callable[[JsonValue, JsonValue, bool], bool]


class Needs(StrEnum):
    """What `value` has to be."""

    NOTHING = "no `value`"
    SCALAR = "a text, a number, true or false"
    SCALARS = "a list of texts, numbers, true or false"
    TEXT = "a text"
    PATTERN = "a pattern in RE2 syntax"
    ORDERED = "a number or a date in ISO 8601, such as 2026-11-20 or 2026-11-20T09:15:00Z"
    NAMES = "a group's name or id, or a list of them"


@dataclass(frozen=True, slots=True)
class Operator:
    """`words` reads between the field and the value; `help` explains it in the reference."""

    words: str
    needs: Needs
    help: str
    folds_case: bool = False
    opposite_of: str | None = None
    about_change: bool = False


def is_scalar(value: object) -> TypeGuard[Scalar]:
    return isinstance(value, str | bool | int | float)


def _fold(value: JsonValue, ignore_case: bool) -> JsonValue:
    return value.casefold() if ignore_case and isinstance(value, str) else value


def same(seen: JsonValue, wanted: JsonValue, ignore_case: bool = False) -> bool:
    """Equal and of one kind: true is not 1, and `"5"` is not 5."""
    if isinstance(seen, bool) != isinstance(wanted, bool):
        return False
    return _fold(seen, ignore_case) == _fold(wanted, ignore_case)


def _equals(seen: JsonValue, wanted: JsonValue, ignore_case: bool) -> bool:
    return is_scalar(seen) and same(seen, wanted, ignore_case)


def _in(seen: JsonValue, wanted: JsonValue, ignore_case: bool) -> bool:
    listed = wanted if isinstance(wanted, list) else []
    return any(_equals(seen, one, ignore_case) for one in listed)


def _contains(seen: JsonValue, wanted: JsonValue, ignore_case: bool) -> bool:
    if isinstance(seen, list):
        return any(_equals(one, wanted, ignore_case) for one in seen)
    return _both_text(lambda text, part: part in text)(seen, wanted, ignore_case)


def _both_text(holds: Callable[[str, str], bool]) -> Holds:
    def check(seen: JsonValue, wanted: JsonValue, ignore_case: bool) -> bool:
        text, part = _fold(seen, ignore_case), _fold(wanted, ignore_case)
        return isinstance(text, str) and isinstance(part, str) and holds(text, part)

    return check


_NUMBER = re2.compile(r"[-+]?[0-9]{1,30}(\.[0-9]{1,30})?")


def number(value: JsonValue) -> float | None:
    """`value` as a number; text counts when it is one (Okta's debugData has only text)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value if math.isfinite(value) else None
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def instant(value: JsonValue) -> datetime | None:
    """`value` as an aware datetime; without an offset it is UTC."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        at = datetime.fromisoformat(value)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _ordered(holds: Callable[[float], bool]) -> Holds:
    """`holds` is given less than, equal to or greater than 0, as `seen` is to `wanted`."""

    def check(seen: JsonValue, wanted: JsonValue, ignore_case: bool) -> bool:
        if isinstance(wanted, str):
            earlier, later = instant(wanted), instant(seen)
            if earlier is None or later is None:
                return False
            return holds((later - earlier).total_seconds())
        low, high = number(wanted), number(seen)
        if low is None or high is None:
            return False
        return holds((high > low) - (high < low))

    return check


HOLDS: Mapping[str, Holds] = {
    "equals": _equals,
    "in": _in,
    "contains": _contains,
    "starts_with": _both_text(str.startswith),
    "ends_with": _both_text(str.endswith),
    "exists": lambda seen, wanted, ignore_case: seen is not None,
    "gt": _ordered(lambda difference: difference > 0),
    "gte": _ordered(lambda difference: difference >= 0),
    "lt": _ordered(lambda difference: difference < 0),
    "lte": _ordered(lambda difference: difference <= 0),
}

OPERATORS: Mapping[str, Operator] = {
    "equals": Operator("is", Needs.SCALAR, "Same kind and same value.", folds_case=True),
    "not_equals": Operator(
        "is not", Needs.SCALAR, "The opposite of `equals`.", folds_case=True, opposite_of="equals"
    ),
    "in": Operator("is one of", Needs.SCALARS, "Equals one of the list.", folds_case=True),
    "not_in": Operator(
        "is not one of", Needs.SCALARS, "The opposite of `in`.", folds_case=True, opposite_of="in"
    ),
    "contains": Operator(
        "contains",
        Needs.SCALAR,
        "The text has this part, or the list has this element.",
        folds_case=True,
    ),
    "not_contains": Operator(
        "does not contain",
        Needs.SCALAR,
        "The opposite of `contains`.",
        folds_case=True,
        opposite_of="contains",
    ),
    "starts_with": Operator("starts with", Needs.TEXT, "The text begins so.", folds_case=True),
    "ends_with": Operator("ends with", Needs.TEXT, "The text ends so.", folds_case=True),
    "matches": Operator(
        "matches",
        Needs.PATTERN,
        "The pattern is found somewhere in the text (use `^` and `$` for all of it). "
        "Named groups `(?P<name>…)` become `match.name`.",
        folds_case=True,
    ),
    "exists": Operator("has a value", Needs.NOTHING, "There and not null."),
    "missing": Operator("has no value", Needs.NOTHING, "Not there, or null.", opposite_of="exists"),
    "gt": Operator("is greater than", Needs.ORDERED, "Number or point in time after."),
    "gte": Operator("is at least", Needs.ORDERED, "Number or point in time, the same or after."),
    "lt": Operator("is less than", Needs.ORDERED, "Number or point in time before."),
    "lte": Operator("is at most", Needs.ORDERED, "Number or point in time, the same or before."),
    "changed": Operator(
        "has changed",
        Needs.NOTHING,
        "Differs from the value before. If that is not known: holds for a new person, or if the "
        "event lists the attribute as changed.",
        about_change=True,
    ),
    "changed_from": Operator(
        "has changed from",
        Needs.SCALAR,
        "Changed, and the value before was this. Does not hold if that is not known.",
        folds_case=True,
        about_change=True,
    ),
    "changed_to": Operator(
        "has changed to",
        Needs.SCALAR,
        "Changed, and the value now is this.",
        folds_case=True,
        about_change=True,
    ),
    "member_of": Operator(
        "include",
        Needs.NAMES,
        "The person is in this group, or in one of these. The field is `groups`.",
        folds_case=True,
    ),
}
