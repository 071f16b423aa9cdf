"""Whom a rule covers: everybody whose profile does not surely rule its conditions out."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from provisioning.rules.covering import covers, tells_people_apart, value_of
from provisioning.rules.fields import Facts
from provisioning.rules.tree import Condition

CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)
MAYA: dict[str, Any] = {
    "id": "00u1",
    "status": "ACTIVE",
    "statusChanged": "2026-11-20T09:00:00Z",
    "type": {"id": "oty1"},
    "profile": {"department": "Legal", "level": 5},
}
TRUE: dict[str, Any] = {"field": "user.profile.department", "op": "equals", "value": "Legal"}
FALSE: dict[str, Any] = {**TRUE, "value": "Sales"}
UNKNOWN: dict[str, Any] = {"field": "event.outcome.result", "op": "equals", "value": "SUCCESS"}


def value(tree: dict[str, Any]) -> bool | None:
    return value_of(CONDITION.validate_python(tree), Facts(event={}, actor={}, user=MAYA))


@pytest.mark.parametrize(
    ("leaf", "expected"),
    [
        (TRUE, True),
        (FALSE, False),
        ({"field": "user.profile.department", "op": "matches", "value": "^Le"}, True),
        ({"field": "user.profile.level", "op": "gt", "value": 5}, False),
        ({"field": "user.profile.office", "op": "missing"}, True),
        ({"field": "user.profile.office", "op": "equals", "value": "Oslo"}, False),
        ({"field": "user.id", "op": "equals", "value": "00u2"}, False),
        ({"field": "user.type.id", "op": "equals", "value": "oty2"}, False),
    ],
)
def test_what_the_profile_says_is_true_or_false(leaf: dict[str, Any], expected: bool) -> None:
    assert value(leaf) is expected


@pytest.mark.parametrize(
    "leaf",
    [
        UNKNOWN,
        {"field": "actor.type", "op": "missing"},
        {"field": "app.name", "op": "equals", "value": "Slack"},
        {"field": "group.name", "op": "equals", "value": "Legal"},
        {"field": "groups", "op": "member_of", "value": "Legal"},
        {"field": "previous.profile.department", "op": "equals", "value": "Sales"},
        {"field": "user.profile.department", "op": "changed"},
        {"field": "user.profile.department", "op": "changed_from", "value": "Sales"},
        {"field": "user.profile.department", "op": "changed_to", "value": "Sales"},
        {"field": "user.status", "op": "equals", "value": "SUSPENDED"},
        {"field": "user.statusChanged", "op": "gt", "value": "2027-01-01"},
    ],
)
def test_what_only_an_event_can_tell_is_unknown(leaf: dict[str, Any]) -> None:
    assert value(leaf) is None
    assert value({"not": leaf}) is None


@pytest.mark.parametrize(
    ("parts", "together", "either"),
    [
        ([TRUE, TRUE], True, True),
        ([TRUE, FALSE], False, True),
        ([FALSE, FALSE], False, False),
        ([UNKNOWN, TRUE], None, True),
        ([UNKNOWN, FALSE], False, None),
        ([UNKNOWN, UNKNOWN], None, None),
        ([UNKNOWN, TRUE, FALSE], False, True),
    ],
)
def test_the_whole_follows_by_kleenes_logic(
    parts: list[dict[str, Any]], together: bool | None, either: bool | None
) -> None:
    for order in (parts, parts[::-1]):
        assert value({"all": order}) is together
        assert value({"any": order}) is either
        assert value({"not": {"all": order}}) is (None if together is None else not together)


@pytest.mark.parametrize(
    ("tree", "covered"), [(TRUE, True), (FALSE, False), (UNKNOWN, True), ({"not": TRUE}, False)]
)
def test_covered_is_who_is_not_surely_out(tree: dict[str, Any], covered: bool) -> None:
    assert covers(CONDITION.validate_python(tree), MAYA) is covered


@pytest.mark.parametrize("user", [None, [], "00u1"])
def test_whose_profile_was_never_read_is_covered(user: Any) -> None:
    for tree in (TRUE, FALSE, {"field": "user.profile.department", "op": "missing"}):
        assert covers(CONDITION.validate_python(tree), user)


def test_without_conditions_everybody_is_covered() -> None:
    assert covers(None, MAYA)
    assert not tells_people_apart(None)


def test_profiles_are_looked_at_only_where_they_can_rule_somebody_out() -> None:
    assert tells_people_apart(CONDITION.validate_python({"any": [UNKNOWN, {"not": TRUE}]}))
    assert not tells_people_apart(CONDITION.validate_python({"all": [UNKNOWN, UNKNOWN]}))
