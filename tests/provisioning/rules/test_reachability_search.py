"""What is called unreachable holds for none of the facts of a small world, all of them tried."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from provisioning.rules.conditions import Trace, evaluate
from provisioning.rules.fields import Facts, facts_of
from provisioning.rules.problems import path_text
from provisioning.rules.reachability import Unreachable, never_matches, unreachable
from tests.provisioning.rules.support import DEPARTMENT, check
from tests.provisioning.rules.test_conditions import CONDITION

OTHER = "user.profile.x"
_values = st.sampled_from(["A", "a", "B", "AB", "5", 5, 5.0, 4, True, 1, "2026-01-01", ""])
_ops = ["equals", "not_equals", "contains", "not_contains", "changed_from", "changed_to"]
_fields = st.sampled_from([DEPARTMENT, DEPARTMENT, OTHER])
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
#: few values in one field, so that most trees contradict themselves somewhere
_few = st.builds(
    check, st.sampled_from(["equals", "not_equals", "changed_to", "changed_from", "starts_with"]),
    st.sampled_from(["A", "B"]), st.just(DEPARTMENT),
)  # fmt: skip


def _trees(leaves: st.SearchStrategy[Any], size: int) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=4)}),
            st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"not": inner}),
        ),
        max_leaves=size,
    )


_SEEN: list[Any] = [
    None, "A", "a", "B", "AB", "ab", "b", "5", 5, 4, 4.5, True, 1, "", "SS", "2026-01-01",
    "2026-01-01T00:00:00Z", "20260101", 20260101, ["A"], ["A", "B"], [5],
]  # fmt: skip
_LISTED = ("", "department", "department,x")


def _facts(user: Any, previous: Any, listed: str, new: bool = False) -> Facts:
    event: Any = {"debugContext": {"debugData": {"changedAttributes": listed}}}
    return facts_of(event, user=user, previous=previous, person_is_new=new)


def _person(department: Any, other: Any) -> dict[str, Any]:
    return {"profile": {"department": department, "x": other}}


def _world() -> Iterator[Facts]:
    """Each value beside each other value, then each against each as the value before."""
    for one, two in product(_SEEN, _SEEN):
        yield _facts(_person(one, two), None, "department,x")
        yield _facts(_person(one, 4), _person(two, "B"), "")
        yield _facts(_person("A", one), _person("B", two), "")
    for one, listed, new in product(_SEEN, _LISTED, (False, True)):
        yield _facts(_person(one, one), None, listed, new)
    yield _facts(None, None, "")


_WORLD = list(_world())
_SMALL = [_facts(_person(one, 4), before, listed, new)
          for one, before, listed, new in product(
              [None, "A", "B", "AB", "BA"],
              [None, *(_person(two, 4) for two in (None, "A", "B", "C"))], _LISTED[:2],
              (False, True))]  # fmt: skip


def _hold_to_it(tree: Any, world: list[Facts]) -> None:
    called, never = unreachable(tree), never_matches(tree)
    event(f"called {min(len(called), 3)}, never {never}")
    if not called and not never:
        return
    condition = CONDITION.validate_python(tree)
    for facts in world:
        verdict = evaluate(condition, facts)
        assert not (never and verdict.matched), facts
        seen = {node["path"]: node["result"] for node in _nodes(verdict.trace)}
        for one in called:
            assert not all(_around(one, seen)), (one, facts)


def _around(one: Unreachable, seen: dict[str, bool]) -> Iterator[bool]:
    """Whether the part, and each group around it up to `within`, is as it would have to be."""
    for size in range(len(one.within), len(one.place) + 1):
        path = one.place[:size]
        if path_text(path) in seen:
            yield seen[path_text(path)] is (path.count("not") % 2 == 0)


def _nodes(trace: Trace) -> list[Trace]:
    return [trace, *(one for child in trace["children"] for one in _nodes(child))]


@settings(max_examples=400, deadline=None)
@given(_trees(_leaves, 6))
@example({"all": [check("changed_to", "A"), {"not": check("equals", "A", ignore_case=True)}]})
@example({"all": [check("equals", "A"), {"not": check("changed_to", "A")}]})
def test_what_is_called_unreachable_never_holds(tree: Any) -> None:
    _hold_to_it(tree, _WORLD)


@settings(max_examples=1200, deadline=None)
@given(_trees(_few, 9))
def test_nor_does_it_where_nearly_everything_contradicts(tree: Any) -> None:
    _hold_to_it(tree, _SMALL)
