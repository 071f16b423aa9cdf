"""Differences between two definitions, in plain sentences."""

import pytest

from portal.rule_changes import sentences
from provisioning.actions.registry import ACTIONS
from provisioning.rules.definitions import Definition, load_rule
from tests.support.factories import RULE


def definition(*changes: tuple[str, str]) -> Definition:
    text = RULE.format(name="joiner", title="Joiner")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return load_rule(text, "x", actions=ACTIONS)


def test_equal_definitions_differ_in_nothing() -> None:
    assert sentences(definition(), definition()) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[SE, NO]", "[SE, DK]", "Country now also allows DK. Country no longer allows NO."),
        ("value: Marketing", "value: X", "Department is X; before: Department is Marketing."),
        ("user.lifecycle.create, ", "", "No longer starts on user.lifecycle.create."),
        ("title: Joiner", "title: Mover", "The title is now “Mover”, it was “Joiner”."),
        ("team-folders", "other", "Step folder: bucket is now “other”; it was “team-folders”."),
        ("kind: event", "kind: event\nenabled: false", "The definition turns the rule off."),
        ("kind: event", "kind: event\nlimits: {runs: 50, revoke: none, share: 20%}",
         "Limits: runs 50, revoke without limit, share 20% in 1h. Before: the defaults."),
        ("kind: event", "kind: event\nlimits: none",
         "Limits: none, however much happens. Before: the defaults."),
        ("kind: event", "kind: event\nlimits: {per: 2h}",
         "Limits: the defaults in 2h. Before: the defaults."),
        ("    - any:", "    - all:", "The same conditions are grouped in another way."),
    ],
)  # fmt: skip
def test_a_change_is_said_in_a_sentence(old: str, new: str, said: str) -> None:
    assert " ".join(sentences(definition(), definition((old, new)))) == said


def test_conditions_and_steps_that_come_and_go_are_named() -> None:
    condition = "        - {field: user.profile.office, op: equals, value: Remote EU}\n"
    less = definition((condition, ""))
    step = '\n  - {id: note, action: slack.post_message, with: {channel: "#it", text: hi}}\n'
    more = definition(("do:\n", f"do:{step}"))

    assert sentences(definition(), less) == ["Condition dropped: Office is Remote EU."]
    assert sentences(less, definition()) == ["New condition: Office is Remote EU."]
    assert sentences(definition(), more) == ["New step 1, note: Post a Slack message."]
    assert sentences(more, definition()) == ["Step dropped, note: Post a Slack message."]
