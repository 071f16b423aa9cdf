"""What must hold for any conditions and any facts, however hostile."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue, TypeAdapter

from provisioning.rules.conditions import checks, evaluate
from provisioning.rules.fields import Facts, Group, facts_of
from provisioning.rules.operators import OPERATORS, Needs
from provisioning.rules.schema import checks_of
from provisioning.rules.tree import Condition

CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)
PATHS = ["user.profile.department", "user.status", "event.outcome.result", "previous.status",
         "actor.id", "event.target.User.id", "app.name", "group.name"]  # fmt: skip

texts = st.sampled_from(["", "a", "A", "Marketing", "5", "2026-11-20", "\0", "\ud800"]) | st.text()
scalars = texts | st.booleans() | st.integers() | st.floats()
values = st.recursive(
    st.none() | scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
WANTED: dict[Needs, st.SearchStrategy[Any]] = {
    Needs.NOTHING: st.none(),
    Needs.SCALAR: scalars,
    Needs.SCALARS: st.lists(scalars, min_size=1, max_size=3),
    Needs.TEXT: texts.filter(bool),
    Needs.PATTERN: st.sampled_from(["a", "^(?P<first>.)", "(a|b)+$", r"\d+", "."]),
    Needs.ORDERED: st.integers() | st.floats() | st.sampled_from(["2026-11-20", "0001-01-01"]),
    Needs.NAMES: texts.filter(bool) | st.lists(texts.filter(bool), min_size=1, max_size=3),
}


def _field(op: str) -> st.SearchStrategy[str]:
    if op == "member_of":
        return st.just("groups")
    return st.sampled_from(PATHS[:2] if OPERATORS[op].about_change else PATHS)


@st.composite
def leaves(draw: st.DrawFn) -> dict[str, Any]:
    op = draw(st.sampled_from(list(OPERATORS)))
    leaf: dict[str, Any] = {"field": draw(_field(op)), "op": op}
    if (wanted := draw(WANTED[OPERATORS[op].needs])) is not None:
        leaf["value"] = wanted
    if OPERATORS[op].folds_case:
        leaf["ignore_case"] = draw(st.booleans())
    return leaf


trees = st.recursive(
    leaves(),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)
users = st.none() | st.fixed_dictionaries(
    {}, optional={"id": values, "status": values,
                  "profile": values | st.fixed_dictionaries({"department": values})}
)  # fmt: skip
events = st.fixed_dictionaries(
    {},
    optional={
        "actor": values,
        "outcome": values | st.fixed_dictionaries({"result": values}),
        "target": values
        | st.lists(st.fixed_dictionaries({"type": texts, "id": values}) | values, max_size=3),
        "debugContext": values
        | st.just({"debugData": {"changedAttributes": "department,,title"}})
        | st.just({"debugData": {"changedAttributes": ["department"]}}),
    },
)
groups = st.none() | st.lists(st.builds(Group, texts, texts), max_size=2)
all_facts = st.builds(
    lambda event, user, previous, groups, new: facts_of(
        event, user=user, previous=previous, groups=groups, person_is_new=new
    ),
    events, users, users, groups, st.booleans(),
)  # fmt: skip


def result(tree: dict[str, Any], facts: Facts) -> bool:
    return evaluate(CONDITION.validate_python(tree), facts).matched


@settings(max_examples=400, deadline=None)
@given(trees, all_facts)
def test_any_conditions_and_any_facts_give_a_verdict_and_a_whole_trace(
    tree: dict[str, Any], facts: Facts
) -> None:
    condition = CONDITION.validate_python(tree)
    verdict = evaluate(condition, facts)
    assert verdict.matched is verdict.trace["result"]
    looked_at = list(checks(verdict.trace))
    assert [check["field"] for check in looked_at] == [c.field for c in checks_of(condition)]
    assert any(check["decided"] for check in looked_at)
    stored = json.dumps(verdict.trace, allow_nan=False)
    assert "\\u0000" not in stored.replace("\\\\", "")  # a backslash in a text is no NUL
    assert (verdict.why_not == "") is verdict.matched


@settings(max_examples=150, deadline=None)
@given(st.lists(trees, min_size=1, max_size=3), all_facts)
def test_not_all_is_any_not_and_not_any_is_all_not(
    parts: list[dict[str, Any]], facts: Facts
) -> None:
    negated = [{"not": part} for part in parts]
    assert result({"not": {"all": parts}}, facts) is result({"any": negated}, facts)
    assert result({"not": {"any": parts}}, facts) is result({"all": negated}, facts)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PATHS), scalars, all_facts)
def test_the_negative_operators_are_exact_opposites(
    field: str, wanted: JsonValue, facts: Facts
) -> None:
    for op in ("equals", "contains"):
        leaf = {"field": field, "value": wanted}
        opposite = result({**leaf, "op": f"not_{op}"}, facts)
        assert opposite is result({"not": {**leaf, "op": op}}, facts)


@settings(max_examples=100, deadline=None)
@given(leaves())
def test_what_is_missing_is_false_except_for_missing_and_the_negative_operators(
    leaf: dict[str, Any],
) -> None:
    nothing = Facts(event={}, actor={})
    expected = leaf["op"] == "missing" or leaf["op"].startswith("not_")
    assert result(leaf, nothing) is expected
