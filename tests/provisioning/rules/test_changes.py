"""Okta sends no old values: what `changed` means, with and without the profile before."""

from typing import Any

import pytest

from provisioning.rules.conditions import Verdict, evaluate
from provisioning.rules.fields import Facts
from provisioning.rules.tree import Check

FIELD = "user.profile.department"


def facts(now: str | None, **more: Any) -> Facts:
    return Facts(event={}, actor={}, user={"profile": {"department": now}}, **more)


def before(department: str | None) -> dict[str, Any]:
    return {"previous": {"profile": {"department": department}}}


def ask(op: str, about: Facts, value: str | None = None) -> Verdict:
    return evaluate(Check(field=FIELD, op=op, value=value), about)


@pytest.mark.parametrize(
    ("was", "now", "changed"),
    [
        ("Sales", "Marketing", True),
        ("Marketing", "Marketing", False),
        (None, "Marketing", True),
        ("Marketing", None, True),
        (None, None, False),
    ],
)
def test_with_the_value_before_changed_means_that_they_differ(
    was: str | None, now: str | None, changed: bool
) -> None:
    assert ask("changed", facts(now, **before(was))).matched is changed


def test_the_event_does_not_count_when_the_value_before_is_known() -> None:
    about = facts("Marketing", changed_attributes=("department",), **before("Marketing"))
    assert not ask("changed", about).matched


def test_without_the_value_before_the_event_decides() -> None:
    listed = ask("changed", facts("Marketing", changed_attributes=("title", "department")))
    other = ask("changed", facts("Marketing", changed_attributes=("title",)))
    silent = ask("changed", facts("Marketing"))
    assert (listed.matched, other.matched, silent.matched) == (True, False, False)
    assert listed.trace["note"] == (
        "value before is not known; the event lists department as changed"
    )


def test_a_new_person_has_changed_where_there_is_a_value() -> None:
    assert ask("changed", facts("Marketing", person_is_new=True)).matched
    assert not ask("changed", facts(None, person_is_new=True)).matched


def test_changed_from_needs_the_value_before() -> None:
    assert ask("changed_from", facts("Marketing", **before("Sales")), "Sales").matched
    assert ask("changed_from", facts(None, **before("Sales")), "Sales").matched
    assert not ask("changed_from", facts("Sales", **before("Sales")), "Sales").matched
    assert not ask("changed_from", facts("Marketing", **before("HR")), "Sales").matched
    unknown = ask("changed_from", facts("Marketing", changed_attributes=("department",)), "Sales")
    assert not unknown.matched
    assert unknown.trace["note"] == "value before is not known"
    assert unknown.why_not.endswith("(value before is not known)")


def test_changed_to_needs_the_change_and_the_value_now() -> None:
    assert ask("changed_to", facts("Marketing", **before("Sales")), "Marketing").matched
    assert not ask("changed_to", facts("Marketing", **before("Marketing")), "Marketing").matched
    assert not ask("changed_to", facts("HR", **before("Sales")), "Marketing").matched
    assert ask("changed_to", facts("Marketing", person_is_new=True), "Marketing").matched


def test_the_trace_shows_the_value_before() -> None:
    trace = ask("changed", facts("Marketing", **before("Sales"))).trace
    assert (trace["before"], trace["saw"]) == ("Sales", "Marketing")
