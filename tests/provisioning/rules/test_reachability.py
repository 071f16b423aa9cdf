"""What is called unreachable never matches, and the mistakes people make are found."""

from typing import Any

import pytest

from provisioning.rules.problems import path_text
from provisioning.rules.reachability import never_matches, notes, unreachable
from tests.provisioning.rules.support import check

IS_A, IS_B, IS_C = (check("equals", letter) for letter in "ABC")
ELSEWHERE = check("equals", "DK", "user.profile.country")


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
        [check("starts_with", "A"), {"not": check("starts_with", "A")}],
        [check("gt", 5), {"not": check("gt", 5)}],
        [IS_A, {"not": check("matches", "^A")}],
        [check("in", [3, 4]), check("gt", 4)],
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
        [IS_A, {"not": check("changed_to", "A")}],
        [check("missing"), {"not": check("gt", 5)}],
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
    assert found.sentence == (
        "This part of “at least one of these” (when.any[1]) can never hold: “Department is A” "
        "(when.any[1].all[0]) and “Department is B” (when.any[1].all[2]) never hold together."
    )
    assert not never_matches({"any": [IS_A, {"all": [IS_A, IS_B]}]})
    assert never_matches({"any": [{"all": [IS_A, IS_B]}, {"all": [IS_B, IS_A]}]})


@pytest.mark.parametrize(
    "tree",
    [
        {"all": [IS_A, {"any": [IS_B, IS_C]}]},
        {"all": [{"any": [IS_B, IS_C]}, IS_A]},
        {"all": [IS_A, {"all": [{"any": [IS_B, {"all": [IS_C, ELSEWHERE]}]}]}]},
        {"all": [{"any": [IS_A, IS_B]}, {"any": [IS_C, check("missing")]}]},
        {"all": [IS_A, {"not": {"all": [IS_A, check("exists")]}}]},
        {"not": {"any": [IS_A, check("not_equals", "A")]}},
        {"any": [{"all": [IS_A, IS_B]}, {"all": [IS_C, {"any": [IS_A, IS_B]}]}]},
        {"all": [check("gt", 5), {"any": [check("lt", 4), check("equals", 5)]}]},
        {"all": [{"any": [IS_A, IS_B]}, ELSEWHERE, {"not": check("in", ["A", "B"])}]},
    ],
)
def test_a_contradiction_across_branches_is_found(tree: Any) -> None:
    assert never_matches(tree)
    assert unreachable(tree)
    assert notes(tree)[-1] == "This rule can never match: its conditions exclude each other."


def test_it_says_which_part_of_at_least_one_can_never_hold() -> None:
    tree: Any = {"all": [IS_A, {"any": [IS_B, IS_A, {"all": [ELSEWHERE, IS_C]}]}]}

    assert notes(tree) == [
        "when.all[1].any[0]: This part of “at least one of these” can never hold: “Department is A”"
        " (when.all[0]) and “Department is B” (when.all[1].any[0]) never hold together.",
        "when.all[1].any[2].all[1]: This part of “at least one of these” (when.all[1].any[2]) can "
        "never hold: “Department is A” (when.all[0]) and “Department is C” "
        "(when.all[1].any[2].all[1]) never hold together.",
    ]
    assert not never_matches(tree)


def test_a_part_is_not_blamed_for_what_excludes_each_other_beside_it() -> None:
    tree: Any = {"all": [IS_A, IS_B, {"any": [ELSEWHERE, {"all": [IS_A, IS_C]}]}]}

    assert [path_text(one.place) for one in unreachable(tree)] == ["when", "when.all[2].any[1]"]


@pytest.mark.parametrize(
    "tree",
    [
        {"all": [IS_A, {"any": [IS_B, "garbage"]}]},
        {"all": [IS_A, {"any": [IS_B, {"field": "", "op": "equals"}]}]},
        {"all": [IS_A, {"any": []}]},
        {"not": {"all": [IS_A, IS_B]}},
        {"all": [IS_A, {"not": {"all": [IS_A, ELSEWHERE]}}]},
        {"all": [{"any": [IS_A, IS_B]}, {"any": [IS_B, IS_C]}]},
        None, 5, {"any": 5}, {"not": []}, {"all": [], "any": []},
    ],
)  # fmt: skip
def test_what_may_hold_in_one_case_is_not_called_unreachable(tree: Any) -> None:
    assert not never_matches(tree)


def test_a_search_that_takes_too_long_ends_and_calls_nothing_unreachable() -> None:
    def choice(field: str, *values: str) -> dict[str, Any]:
        return {"any": [check("equals", value, f"user.profile.{field}") for value in values]}

    free = [choice(f"x{number}", "A", "B", "C", "D") for number in range(12)]
    late = [choice("y", "A", "B"), choice("y", "C", "D")]

    assert never_matches({"all": [*free[:2], *late]})
    assert not never_matches({"all": [*free, *late]})
    assert unreachable({"all": [{"any": [ELSEWHERE, IS_B]} for _ in range(90)]}) == []
