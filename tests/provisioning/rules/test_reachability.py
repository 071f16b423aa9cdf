"""What is called unreachable never matches, and the mistakes people make are found."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.rules.conditions import Trace, evaluate
from provisioning.rules.fields import Facts, facts_of
from provisioning.rules.problems import path_text
from provisioning.rules.reachability import never_matches, unreachable
from tests.provisioning.rules.test_conditions import CONDITION

DEPARTMENT = "user.profile.department"


def check(op: str, value: Any = None, field: str = DEPARTMENT, **more: Any) -> dict[str, Any]:
    return {"field": field, "op": op, **({} if value is None else {"value": value}), **more}


IS_A, IS_B = check("equals", "A"), check("equals", "B")


@pytest.mark.parametrize(
    "parts",
    [
        [IS_A, IS_B],
        [IS_A, check("in", ["B", "C"])],
        [IS_A, check("not_equals", "A")],
        [IS_A, check("missing")],
        [check("exists"), check("missing")],
        [check("contains", "x"), check("not_contains", "x")],
        [check("in", ["A", "B"]), check("not_in", ["B", "A", "C"])],
        [check("in", ["A", "B"]), check("matches", "^c")],
        [check("starts_with", "Eng"), check("starts_with", "Mar")],
        [check("ends_with", "@a.example"), check("ends_with", "@b.example")],
        [check("gt", 5), check("lt", 5)],
        [check("gte", "2026-01-02"), check("lte", "2026-01-01")],
        [check("changed_from", "A"), check("changed_to", "A")],
        [check("changed_from", "A"), check("changed_from", "B")],
        [check("changed_to", "A"), IS_B],
        [check("equals", "a", ignore_case=True), check("equals", "B", ignore_case=True)],
        [IS_B, check("equals", "a", ignore_case=True)],
        [IS_A, {"not": IS_A}],
        [IS_A, {"not": {"any": [IS_A, IS_B]}}],
        [check("equals", 5), check("equals", "5")],
        [check("equals", True), check("equals", 1)],
    ],
)
def test_a_contradiction_is_found_in_both_orders(parts: list[Any]) -> None:
    for ordered in (parts, parts[::-1]):
        (found,) = unreachable({"all": ordered})
        assert found.place == ("when",)
        assert found.at[:3] == ("when", "all", 1)
        assert "never hold together" in found.sentence
        assert never_matches({"all": ordered})


@pytest.mark.parametrize(
    "parts",
    [
        [IS_A, check("equals", "B", field="user.profile.country")],
        [check("in", ["A", "B"]), IS_A],
        [check("equals", "a", ignore_case=True), IS_A],
        [check("gte", 5), check("lte", 5)],
        [check("gt", 5), check("lt", "2026-01-01")],
        [check("starts_with", "En"), check("starts_with", "Eng")],
        [check("not_equals", "A"), check("missing")],
        [check("changed_from", "A"), check("changed_to", "B")],
        [check("changed"), check("missing")],
        [check("contains", "A"), check("contains", "B")],
        [IS_A, {"field": "", "op": "equals"}],
        [IS_A, "garbage", {"all": 5}, {"not": None}],
    ],
)
def test_what_may_hold_is_not_complained_about(parts: list[Any]) -> None:
    assert unreachable({"all": parts}) == []
    assert not never_matches({"all": parts})


def test_it_says_which_conditions_exclude_each_other() -> None:
    (found,) = unreachable({"any": [IS_A, {"all": [IS_A, check("exists"), IS_B]}]})
    assert path_text(found.place) == "when.any[1]"
    assert path_text(found.at) == "when.any[1].all[2]"
    assert found.sentence == "“Department is A” and “Department is B” never hold together."
    assert not never_matches({"any": [IS_A, {"all": [IS_A, IS_B]}]})
    assert never_matches({"any": [{"all": [IS_A, IS_B]}, {"all": [IS_B, IS_A]}]})


_values = st.sampled_from(["A", "a", "B", "AB", "5", 5, 5.0, 4, True, 1, "2026-01-01", ""])
_ops = ["equals", "not_equals", "contains", "not_contains", "changed_from", "changed_to"]
_fields = st.sampled_from([DEPARTMENT, "user.profile.x"])
_leaves = st.one_of(
    st.builds(check, st.sampled_from(_ops), _values, _fields, ignore_case=st.booleans()),
    st.builds(check, st.sampled_from(["in", "not_in"]), st.lists(_values, min_size=1, max_size=3),
              _fields, ignore_case=st.booleans()),
    st.builds(check, st.sampled_from(["starts_with", "ends_with", "matches"]),
              st.sampled_from(["A", "a", "B", "AB", "5", "ß"]), _fields, ignore_case=st.booleans()),
    st.builds(check, st.sampled_from(["gt", "gte", "lt", "lte"]),
              st.sampled_from([4, 5, 5.0, "2026-01-01", "2026-01-01T00:00:00+01:00", "20260101"]),
              _fields),
    st.builds(check, st.sampled_from(["exists", "missing", "changed"]), st.none(), _fields),
)  # fmt: skip
_trees = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=4)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)
_seen = _values | st.none() | st.lists(_values, max_size=2) | st.sampled_from(
    ["ab", "b", "SS", "ss", "2026-01-01T00:00:00Z", "20260101", 20260101, 4.5]
)  # fmt: skip
_users = st.none() | st.builds(
    lambda one, two: {"profile": {"department": one, "x": two}}, _seen, _seen
)
_facts = st.builds(
    lambda user, previous, new, listed: facts_of(
        {"debugContext": {"debugData": {"changedAttributes": listed}}},
        user=user, previous=previous, person_is_new=new,
    ),
    _users, _users, st.booleans(), st.sampled_from(["", "department", "department,x"]),
)  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(_trees, st.lists(_facts, min_size=3, max_size=8))
def test_what_is_called_unreachable_never_holds(tree: Any, many: list[Facts]) -> None:
    called = {path_text(one.place) for one in unreachable(tree)}
    never = never_matches(tree)
    if not called and not never:
        return
    for facts in many:
        verdict = evaluate(CONDITION.validate_python(tree), facts)
        assert not (never and verdict.matched)
        for node in _nodes(verdict.trace):
            assert not (node["path"] in called and node["result"]), node


def _nodes(trace: Trace) -> list[Trace]:
    return [trace, *(one for child in trace["children"] for one in _nodes(child))]
