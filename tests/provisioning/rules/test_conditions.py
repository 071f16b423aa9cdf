"""What each operator holds for, and what the trace says about it."""

import json
from typing import Any

import pytest
from pydantic import JsonValue, TypeAdapter

from provisioning.rules.conditions import Verdict, checks, evaluate
from provisioning.rules.fields import Facts, Group
from provisioning.rules.tree import Condition

CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)


def facts(value: JsonValue = None, **more: Any) -> Facts:
    profile: dict[str, JsonValue] = {} if value is None else {"x": value}
    return Facts(**{"event": {}, "actor": {}, "user": {"profile": profile}} | more)


def ask(condition: dict[str, Any], about: Facts) -> Verdict:
    return evaluate(CONDITION.validate_python(condition), about)


def holds(op: str, wanted: JsonValue, seen: JsonValue, **more: bool) -> bool:
    condition: dict[str, Any] = {"field": "user.profile.x", "op": op, **more}
    if wanted is not None:
        condition["value"] = wanted
    return ask(condition, facts(seen)).matched


@pytest.mark.parametrize(
    ("op", "wanted", "yes", "no"),
    [
        ("equals", "Marketing", ["Marketing"], ["marketing", "Market", ["Marketing"], 1, None]),
        ("equals", 1, [1, 1.0], [True, "1", 2, None]),
        ("equals", True, [True], [1, "true", False, None]),
        ("not_equals", "a", ["b", 1, ["a"], None], ["a"]),
        ("in", ["a", 2], ["a", 2], ["A", "2", True, ["a"], None]),
        ("not_in", ["a"], ["b", None], ["a"]),
        ("contains", "ark", ["Marketing", ["x", "ark"]], ["ARK", ["Marketing"], {"ark": 1}, None]),
        ("contains", 5, [[4, 5]], ["45", 5, ["5"], None]),
        ("not_contains", "a", ["b", ["b"], None, 5], ["cat", ["a"]]),
        ("starts_with", "Ma", ["Marketing"], ["arM", ["Ma"], 5, None]),
        ("ends_with", "ng", ["Marketing"], ["ngo", ["ng"], None]),
        ("matches", "^M.*g$", ["Marketing"], ["xMarketing", 5, ["Marketing"], None]),
        ("matches", "ark", ["Marketing"], ["Mar"]),
        ("exists", None, ["", 0, False, []], [None]),
        ("missing", None, [None], ["", 0, False]),
        ("gt", 5, [6, 5.1, "6", "5.5"], [5, 4, "five", "1e9", True, [6], None]),
        ("gte", 5, [5, 6], [4.9, None]),
        ("lt", 5, [4, "4"], [5, 6, None]),
        ("lte", 5, [5, 4], [6, None]),
        (
            "gt",
            "2026-11-20T10:00:00+01:00",
            ["2026-11-20T09:00:01Z", "2026-11-21", "2026-11-20T09:00:00.001Z"],
            ["2026-11-20T09:00:00Z", "2026-11-20", "soon", 5, None],
        ),
        ("lte", "2026-11-20", ["2026-11-20T00:00:00Z"], ["2026-11-20T00:00:01Z"]),
    ],
)
def test_an_operator_holds_for_these_and_not_for_those(
    op: str, wanted: JsonValue, yes: list[JsonValue], no: list[JsonValue]
) -> None:
    assert [seen for seen in yes if not holds(op, wanted, seen)] == []
    assert [seen for seen in no if holds(op, wanted, seen)] == []


@pytest.mark.parametrize(
    ("op", "wanted", "seen"),
    [
        ("equals", "STRASSE", "straße"),
        ("in", ["a", "B"], "b"),
        ("contains", "MARK", "Marketing"),
        ("contains", "A", ["a"]),
        ("starts_with", "mar", "Marketing"),
        ("ends_with", "ING", "Marketing"),
        ("matches", "^mark", "Marketing"),
    ],
)
def test_case_counts_unless_the_rule_says_otherwise(
    op: str, wanted: JsonValue, seen: JsonValue
) -> None:
    assert not holds(op, wanted, seen)
    assert holds(op, wanted, seen, ignore_case=True)


def test_membership_is_by_name_or_by_id() -> None:
    about = facts(groups=(Group("00g1", "Sales"),))
    assert ask({"field": "groups", "op": "member_of", "value": "Sales"}, about).matched
    assert ask({"field": "groups", "op": "member_of", "value": ["x", "00g1"]}, about).matched
    assert not ask({"field": "groups", "op": "member_of", "value": "sales"}, about).matched
    assert not ask({"field": "groups", "op": "member_of", "value": "Sales"}, facts()).matched


def test_groups_that_were_not_read_are_said_to_be_unknown() -> None:
    verdict = ask({"field": "groups", "op": "member_of", "value": "Sales"}, facts())
    assert verdict.trace["note"] == "groups is not known"


def test_a_rule_without_conditions_always_matches() -> None:
    verdict = evaluate(None, facts())
    assert verdict.matched
    assert verdict.trace["kind"] == "always"


def test_named_groups_of_patterns_that_held_become_match() -> None:
    condition = {
        "all": [
            {
                "field": "user.profile.x",
                "op": "matches",
                "value": r"^(?P<team>\w+) (?P<role>lead)?",
            },
            {"not": {"field": "user.profile.x", "op": "matches", "value": "(?P<other>nobody)"}},
        ]
    }
    assert ask(condition, facts("Sales person")).matches == {"team": "Sales", "role": ""}


TREE = {
    "all": [
        {"field": "user.profile.x", "op": "equals", "value": "a"},
        {"any": [
            {"field": "user.profile.x", "op": "equals", "value": "b"},
            {"field": "user.profile.x", "op": "equals", "value": "a"},
        ]},
        {"not": {"field": "user.profile.x", "op": "equals", "value": "a"}},
    ]
}  # fmt: skip


def test_every_condition_is_looked_at_and_those_that_decided_are_marked() -> None:
    verdict = ask(TREE, facts("a"))
    table = [(check["path"], check["result"], check["decided"]) for check in checks(verdict.trace)]
    assert table == [
        ("when.all[0]", True, False),
        ("when.all[1].any[0]", False, False),
        ("when.all[1].any[1]", True, False),
        ("when.all[2].not", True, True),
    ]


def test_why_not_names_the_first_condition_that_decided() -> None:
    assert ask(TREE, facts("a")).why_not == "X is a, which must not hold"
    assert ask(TREE, facts("b")).why_not == "X is a: not so, it is b"
    assert ask(TREE, facts()).why_not == "X is a: not so, it has no value"


def test_what_was_seen_is_kept_short_and_storable() -> None:
    hostile = "\0\ud800" + "x" * 10_000
    verdict = ask({"field": "user.profile.x", "op": "equals", "value": "a"}, facts(hostile))
    saw = verdict.trace["saw"]
    assert isinstance(saw, str)
    assert len(saw) == 500
    assert saw.encode()
    assert "\0" not in saw


def test_a_trace_is_json() -> None:
    many: JsonValue = {"a": [float("inf"), *range(1_000)]}
    values: list[JsonValue] = ["a", ["b"] * 1_000, many, float("nan"), 10**30]
    for seen in values:
        trace = ask(TREE, facts(seen)).trace
        assert json.loads(json.dumps(trace, allow_nan=False)) == trace
