"""A rule reads as plain words."""

import pytest

from provisioning.rules.describing import check_text, describe, field_text
from tests.provisioning.rules.support import ACTIONS, load

RULE = """\
name: a-rule
kind: event
on: [user.lifecycle.create]
when:
  all:
    - {field: user.profile.department, op: in, value: [Marketing, Sales], ignore_case: true}
    - any:
        - {field: user.profile.department, op: changed}
        - not: {field: groups, op: member_of, value: Everyone}
do:
  - action: email.send
    with: {to: "{{ user.profile.email }}", extra: {lines: [{a: "x\\ny"}], on: true}}
"""


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("user.profile.department", "Department"),
        ("user.profile.firstName", "First name"),
        ("user.profile.cost_center", "Cost center"),
        ("user.status", "Status"),
        ("previous.profile.department", "Previous department"),
        ("actor.displayName", "Actor display name"),
        ("event.outcome.result", "Event outcome result"),
        ("event.target.User.displayName", "User display name"),
        ("groups", "Groups"),
        ("app.name", "App name"),
    ],
)
def test_a_field_is_named_in_words(field: str, text: str) -> None:
    assert field_text(field) == text


def test_conditions_and_steps_are_lines_with_an_indent() -> None:
    described = describe(load(RULE), ACTIONS)
    assert [(line.indent, line.text) for line in described.conditions] == [
        (0, "all of these:"),
        (1, "Department is one of Marketing, Sales (upper and lower case alike)"),
        (1, "at least one of these:"),
        (2, "Department has changed"),
        (2, "not:"),
        (3, "Groups include Everyone"),
    ]
    assert [[(line.indent, line.text) for line in step] for step in described.steps] == [
        [
            (0, "Send mail (email_send)"),
            (1, "to: {{ user.profile.email }}"),
            (1, "extra:"),
            (2, "lines:"),
            (3, "1:"),
            (4, "a: x y"),
            (2, "on: true"),
        ]
    ]


def test_a_rule_without_conditions_says_always() -> None:
    text = RULE[: RULE.index("when:")] + RULE[RULE.index("do:") :]
    assert [line.text for line in describe(load(text), ACTIONS).conditions] == ["always"]


def test_a_long_value_is_cut_and_an_empty_one_is_quoted() -> None:
    assert len(check_text("user.status", "equals", "x" * 1_000)) < 140
    assert check_text("user.status", "equals", "") == 'Status is ""'
