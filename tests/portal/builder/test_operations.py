"""Each button changes exactly what it names; one that fits nothing changes nothing."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.builder.operations import depth, on_tree, parse
from portal.builder.tree import tree_of, when_of
from provisioning.rules.schema import MAX_DEPTH
from tests.provisioning.rules.test_definition_round_trip import conditions

A, B, C, D = ({"field": f"user.{name}", "op": "exists"} for name in "abcd")
NEW = {"field": "", "op": "equals"}
TREE: Any = {"all": [A, {"any": [B, C]}, D]}


def after(operation: str, when: Any = None) -> Any:
    word, number = parse(operation)
    return when_of(on_tree(tree_of(when or TREE), word, number).tree)


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("add:1", {"all": [A, {"any": [B, C]}, D, NEW]}),
        ("add:1.2", {"all": [A, {"any": [B, C, NEW]}, D]}),
        ("group:1.2", {"all": [A, {"any": [B, C, {"any": [NEW]}]}, D]}),
        ("remove:1.2", {"all": [A, D]}),
        ("remove:1.2.1", {"all": [A, {"any": [C]}, D]}),
        ("remove:1", None),
        ("up:1.2", {"all": [{"any": [B, C]}, A, D]}),
        ("down:1.2", {"all": [A, D, {"any": [B, C]}]}),
        ("up:1.2.2", {"all": [A, {"any": [C, B]}, D]}),
        ("up:1.2.1", {"all": [A, B, {"any": [C]}, D]}),
        ("down:1.2.2", {"all": [A, {"any": [B]}, C, D]}),
        ("up:1.3", {"all": [A, {"any": [B, C, D]}]}),
        ("down:1.1", {"all": [{"any": [A, B, C]}, D]}),
        ("up:1.1", TREE),
        ("down:1.3", TREE),
        ("add:1.1", TREE),
        ("add:1.9", TREE),
        ("add:2", TREE),
        ("remove:1.2.1.1", TREE),
        ("up:0.0.0", TREE),
        ("explode:1", TREE),
        ("add:" + "1." * 40, TREE),
        ("<b>", TREE),
    ],
)
def test_a_button_does_what_it_says(operation: str, expected: Any) -> None:
    assert after(operation) == expected


def test_a_condition_alone_gets_a_group_around_it() -> None:
    assert after("add:1", A) == {"all": [A, NEW]}


def test_not_around_one_condition_becomes_none_of_several() -> None:
    assert after("add:1", {"not": A}) == {"not": {"any": [A, NEW]}}


def test_conditions_are_never_nested_deeper_than_a_rule_may_be() -> None:
    tree, number = tree_of(None), "1"
    for _ in range(MAX_DEPTH + 3):
        done = on_tree(tree, "group", parse(f"group:{number}")[1])
        tree, number = done.tree, f"{number}.1"
    assert depth(tree) <= MAX_DEPTH
    assert "up to 8 levels" in done.refused or done.focus == ""


_words = st.sampled_from(["add", "group", "remove", "up", "down"])
_numbers = st.lists(st.integers(1, 3), max_size=4).map(lambda one: (1, *one))


@settings(max_examples=200, deadline=None)
@given(conditions, st.lists(st.tuples(_words, _numbers), max_size=8))
def test_moving_loses_no_condition(when: Any, operations: Any) -> None:
    tree = tree_of(when)
    before = sorted(_checks(when_of(tree)))
    for word, number in operations:
        if word in ("up", "down"):
            tree = on_tree(tree, word, number).tree
    assert sorted(_checks(when_of(tree))) == before


@settings(max_examples=200, deadline=None)
@given(conditions, st.lists(st.tuples(_words, _numbers), max_size=8))
def test_no_series_of_buttons_breaks_the_tree(when: Any, operations: Any) -> None:
    tree = tree_of(when)
    for word, number in operations:
        tree = on_tree(tree, word, number).tree
        assert tree_of(when_of(tree)) is not None


def _checks(when: Any) -> list[str]:
    if isinstance(when, dict) and "field" in when:
        return [json.dumps(when, sort_keys=True)]
    inside = when.values() if isinstance(when, dict) else when if isinstance(when, list) else []
    return [check for one in inside for check in _checks(one)]
