"""Whether conditions on one and the same field can hold together at all. Pure.

True is said only where no value whatever satisfies them: one that must be one of a few values is
held against all the others, bounds are compared, beginnings and ends too.
"""

from collections.abc import Callable, Sequence

from pydantic import JsonValue

from provisioning.rules.operators import HOLDS, OPERATORS, instant, same
from provisioning.rules.patterns import search
from provisioning.rules.tree import Check

#: operators that look at the value as it is now, and hold only if there is one
_NEED_A_VALUE = {
    "equals", "in", "contains", "starts_with", "ends_with", "matches", "exists",
    "gt", "gte", "lt", "lte", "changed_to",
}  # fmt: skip
#: what these say depends on a text's case-folded form alone when case is ignored
_FOLDING = {"equals", "not_equals", "in", "not_in", "contains", "not_contains", "starts_with",
            "ends_with", "changed_to"}  # fmt: skip
_NAMES_VALUES = {"equals", "in", "changed_to"}


def conflict(checks: Sequence[Check], refused: Sequence[Check] = ()) -> bool:
    """Whether these, all of one field, can never hold together while those `refused` do not."""
    known = (_presence, _opposite, _bounds, _affixes, _before)
    return any(one(checks) for one in known) or _values(checks, refused) or _both(checks, refused)


def _presence(checks: Sequence[Check]) -> bool:
    ops = {check.op for check in checks}
    return "missing" in ops and bool(ops & _NEED_A_VALUE)


def _opposite(checks: Sequence[Check]) -> bool:
    return any(
        OPERATORS[one.op].opposite_of == other.op
        and same(one.value, other.value)
        and one.ignore_case == other.ignore_case
        for one in checks
        for other in checks
    )


def _both(checks: Sequence[Check], refused: Sequence[Check]) -> bool:
    """Whether one and the same condition has to hold and must not."""
    return any(
        one.op == other.op and same(one.value, other.value) and one.ignore_case == other.ignore_case
        for one in checks
        for other in refused
    )


def _values(checks: Sequence[Check], refused: Sequence[Check]) -> bool:
    """Whether some condition names all values there can be, and each is refused by another."""
    for naming in checks:
        if naming.op not in _NAMES_VALUES:
            continue
        others = [one for one in checks if _decides(one, naming)]
        # To have become a value says more than to be it, so being it refutes nothing.
        against = [one for one in refused if one.op != "changed_to" and _decides(one, naming)]
        values = naming.value if naming.op == "in" else [naming.value]
        if isinstance(values, list) and all(
            any(not _holds(other, value) for other in others)
            or any(_holds(other, value) for other in against)
            for value in values
        ):
            return True
    return False


def _decides(other: Check, naming: Check) -> bool:
    """Whether what `other` says of a named value is what it says of every value meant by it."""
    if (
        other.op not in HOLDS
        and other.op not in ("matches", "changed_to")
        and (OPERATORS[other.op].opposite_of not in HOLDS)
    ):
        return False
    return not naming.ignore_case or (other.ignore_case and other.op in _FOLDING)


def _holds(check: Check, value: JsonValue) -> bool:
    if check.op == "matches":
        found = isinstance(value, str) and search(str(check.value), value, check.ignore_case)
        return found is not None and found is not False
    opposite = OPERATORS[check.op].opposite_of
    op = "equals" if check.op == "changed_to" else opposite or check.op
    return HOLDS[op](value, check.value, check.ignore_case) != (opposite is not None)


def _bounds(checks: Sequence[Check]) -> bool:
    """Whether a value would have to lie above one bound and below a lower one."""
    low = [one for one in checks if one.op in ("gt", "gte")]
    high = [one for one in checks if one.op in ("lt", "lte")]
    return any(_empty(lower, upper) for lower in low for upper in high)


def _empty(lower: Check, upper: Check) -> bool:
    one, other = lower.value, upper.value
    strict = lower.op == "gt" or upper.op == "lt"
    if isinstance(one, str) and isinstance(other, str):
        begin, end = instant(one), instant(other)
        return begin is not None and end is not None and (begin > end or (begin == end and strict))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one > other or (one == other and strict)
    return False


def _affixes(checks: Sequence[Check]) -> bool:
    return _affix(checks, "starts_with", str.startswith) or _affix(
        checks, "ends_with", str.endswith
    )


def _affix(checks: Sequence[Check], op: str, fits: Callable[[str, str], bool]) -> bool:
    """Whether a text would have to begin (or end) in two ways that exclude each other."""
    for ignore_case in (False, True):
        texts = [
            str(one.value).casefold() if ignore_case else str(one.value)
            for one in checks
            if one.op == op and one.ignore_case is ignore_case
        ]
        if any(not fits(a, b) and not fits(b, a) for a in texts for b in texts):
            return True
    return False


def _before(checks: Sequence[Check]) -> bool:
    """Whether the value before would have to be two things, or the same as the one now."""
    exact = [one for one in checks if not one.ignore_case]
    begun = [one.value for one in exact if one.op == "changed_from"]
    now = [one.value for one in exact if one.op in ("changed_to", "equals")]
    twice = any(not same(a, b) for a in begun for b in begun)
    return twice or any(same(a, b) for a in begun for b in now)
