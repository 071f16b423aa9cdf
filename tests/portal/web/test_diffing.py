"""What changed, by path and by line."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from portal import diffing
from portal.diffing import Change

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=10,
)
LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 2}, [Change("a", "1", "2", "changed")]),
        ({"a": 1}, {}, [Change("a", "1", "", "removed")]),
        ({}, {"a": {"b": 1}}, [Change("a", "", '{"b": 1}', "added")]),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, [Change("a.b", "x", "y", "changed")]),
        ([1, 2], [1], [Change("[1]", "2", "", "removed")]),
        ({"a": 1}, {"a": True}, [Change("a", "1", "true", "changed")]),
    ],
)
def test_each_difference_is_one_row(before: Any, after: Any, expected: list[Change]) -> None:
    assert diffing.changes(before, after) == expected


@given(JSON)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert diffing.changes(value, value) == []


@given(JSON, JSON)
def test_two_values_that_differ_have_a_row(one: Any, other: Any) -> None:
    if one != other:
        assert diffing.changes(one, other)


@given(LINES, LINES)
def test_a_text_diff_with_all_context_holds_both_texts(old: list[str], new: list[str]) -> None:
    rows = diffing.lines("\n".join(old), "\n".join(new), context=100)
    if "\n".join(old).splitlines() == "\n".join(new).splitlines():
        assert rows == []
        return
    assert [row.text for row in rows if row.kind != "added"] == "\n".join(old).splitlines()
    assert [row.text for row in rows if row.kind != "removed"] == "\n".join(new).splitlines()


def test_equal_lines_far_from_a_change_are_left_out_and_counted() -> None:
    old = [str(n) for n in range(40)]
    new = [*old[:20], "new", *old[20:]]
    rows = diffing.lines("\n".join(old), "\n".join(new))
    assert [row.text for row in rows if row.kind == "gap"] == ["17 equal lines", "17 equal lines"]


def test_signs_say_what_colour_says_and_values_are_escaped() -> None:
    rows = diffing.changes({"a": 1}, {"a": "<b>", "c": 2})
    html = render_to_string("components/_changes.html", {"changes": rows})
    assert "±" in html
    assert "+" in html
    assert "<b>" not in html
