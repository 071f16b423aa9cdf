"""Whether a rule's conditions could match for a person, as far as their profile tells. Pure.

A condition is true, false, or unknown before an event has come: what the event says, what changed,
the person's status and the times beside it (events change them), and groups (which are not kept).
The whole follows by Kleene's logic. Conditions are looked at as matching looks at them, so that
nobody is left out for whom the rule matches with the same profile.
"""

from pydantic import JsonValue

from provisioning.rules.conditions import holds
from provisioning.rules.fields import Facts
from provisioning.rules.operators import OPERATORS
from provisioning.rules.schema import checks_of
from provisioning.rules.tree import AllOf, AnyOf, Check, Condition, Negation

#: What of `user` stays as it is until somebody edits the person.
_LASTING = ("id", "type", "profile")


def covers(tree: Condition | None, user: JsonValue) -> bool:
    """Whether these conditions could match for a person of whom Okta said this last; whose
    profile was never read is covered."""
    if tree is None or not isinstance(user, dict):
        return True
    return value_of(tree, Facts(event={}, actor={}, user=user)) is not False


def tells_people_apart(tree: Condition | None) -> bool:
    """Whether a profile can rule these conditions out at all."""
    return any(_is_known(check) for check in checks_of(tree))


def value_of(node: Condition, facts: Facts) -> bool | None:
    """True, false, or None for what only an event could tell."""
    match node:
        case AllOf():
            return _settled(node.parts, facts, by=False)
        case AnyOf():
            return _settled(node.parts, facts, by=True)
        case Negation():
            inside = value_of(node.part, facts)
            return None if inside is None else not inside
        case Check():
            return holds(node, facts) if _is_known(node) else None


def _settled(parts: list[Condition], facts: Facts, *, by: bool) -> bool | None:
    """One part of the value `by` settles the whole; else one unknown leaves it unknown."""
    found: bool | None = not by
    for part in parts:
        value = value_of(part, facts)
        if value is by:
            return by
        if value is None:
            found = None
    return found


def _is_known(check: Check) -> bool:
    root, *rest = check.path
    return root == "user" and rest[0] in _LASTING and not OPERATORS[check.op].about_change
