"""Whatever is wrong with a rule is said: file, line, path, and what was expected."""

import pytest

from provisioning.rules.definitions import load_definition
from provisioning.rules.problems import DefinitionErrors
from tests.provisioning.rules.support import ACTIONS, MINIMAL, load, only_problem, problems

HEAD = "name: a-rule\nkind: event\non: [user.lifecycle.create]\n"
DO = "do: [{action: email.send, with: {to: a@example.com}}]\n"


def with_step(step: str) -> str:
    return f"{HEAD}do:\n  - {step}\n"


def with_condition(condition: str) -> str:
    return f"{HEAD}when: {condition}\n{DO}"


def test_the_smallest_rule_is_valid_and_gets_step_ids() -> None:
    rule = load(MINIMAL)
    assert [step.id for step in rule.do] == ["email_send"]
    assert rule.enabled
    assert rule.approval == "none"
    assert rule.when is None


def test_a_second_step_of_the_same_action_gets_another_id() -> None:
    rule = load(
        f"{HEAD}do:\n  - {{action: email.send, with: {{to: a@b.c}}}}\n"
        "  - {id: email_send, action: email.send, with: {to: a@b.c}}\n"
        "  - {action: email.send, with: {to: a@b.c}}\n"
    )
    assert [step.id for step in rule.do] == ["email_send_2", "email_send", "email_send_3"]


def test_an_error_names_file_line_column_path_and_what_was_expected() -> None:
    found = only_problem(HEAD + "do:\n  - action: email.sent\n    with: {to: a@example.com}\n")
    assert (found.file, found.line, found.column) == ("rules/a.yaml", 5, 13)
    assert found.path == "do[0].action"
    assert str(found) == (
        "rules/a.yaml:5:13: do[0].action: Unknown action `email.sent`. "
        "Did you mean `email.send`? Expected one of email.send."
    )


def test_all_problems_are_found_at_once_in_the_order_of_the_file() -> None:
    found = problems(
        "name: Not A Name\nkind: event\non: [user.*]\nwhenn: {}\n"
        "when: {field: nobody.name, op: eq, value: 1}\n"
        "do:\n  - action: email.send\n    with: {tu: x, subject: '{{ user.name | shout }}'}\n"
    )
    assert [problem.path for problem in found] == [
        "name", "on[0]", "whenn", "when.field", "when.op",
        "do[0].with.to", "do[0].with.tu", "do[0].with.subject",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "path", "said"),
    [
        ("[]", "", "A rule is a mapping of keys to values. Expected name, kind, on, do."),
        (MINIMAL.replace("kind: event\n", ""), "kind", "`kind` is missing."),
        (MINIMAL.replace("kind: event", "kind: cron"), "kind", "Expected 'event'."),
        (
            "name: m\nkind: membership\nmembers_of: {group: g}\nentitlement: x\n",
            "kind",
            "Rules of kind `membership` are not available in this version.",
        ),
        (MINIMAL + "limits: {removals: 1}\n", "limits", "Unknown key `limits`."),
        (MINIMAL + "titel: x\n", "titel", "Did you mean `title`?"),
        (MINIMAL + "approval: two\n", "approval", "Expected 'none' or 'required'."),
        (MINIMAL + "approval: {needed: 6}\n", "approval.needed", "less than or equal to 5"),
        (MINIMAL + "approval: {people: 2}\n", "approval.people", "Unknown key `people`."),
        (MINIMAL + "approval: {roles: [admin]}\n", "approval.roles[0]", "Expected 'approver'."),
        (MINIMAL + "approval: {expires: soon}\n", "approval.expires", "such as 12h or 4d"),
        (MINIMAL + "approval: {expires: 90d}\n", "approval.expires", "Expected 1h to 30d."),
        (MINIMAL + "approval: [x]\n", "approval", "Expected 'none' or 'required'."),
        (MINIMAL + "enabled: yes\n", "enabled", "This is text. Expected true or false."),
        (MINIMAL + "title: 5\n", "title", "This is a number. Expected text"),
        (MINIMAL.replace("[user.lifecycle.create]", "[]"), "on", "This list is empty."),
        (MINIMAL.replace("[user.lifecycle.create]", "user.x"), "on", "Expected a list."),
        (
            MINIMAL.replace("user.lifecycle.create", "user.lifecycle.*"),
            "on[0]",
            "Wildcards are not available: `user.lifecycle.*`. Expected an Okta event type",
        ),
        (
            MINIMAL.replace("user.lifecycle.create", "a.b, a.b"),
            "on",
            "The event type `a.b` is there twice.",
        ),
        (MINIMAL.replace("a-rule", "x" * 64), "name", "Expected 2 to 63 of a-z"),
        (HEAD + "do: []\n", "do", "This list is empty."),
        (HEAD + "do: [3]\n", "do[0]", "This is a number. Expected a mapping."),
        (HEAD, "do", "`do` is missing."),
    ],
)
def test_a_wrong_shape_is_explained(text: str, path: str, said: str) -> None:
    found = only_problem(text)
    assert found.path == path
    assert said in str(found)


@pytest.mark.parametrize(
    ("condition", "path", "said"),
    [
        ("3", "when", "A condition is a mapping. Expected field, op and value"),
        ("{all: []}", "when.all", "This list is empty."),
        ("{not: [1]}", "when.not", "A condition is a mapping."),
        ("{all: [{field: user.id, op: exists}], any: []}", "when.any", "Unknown key `any`."),
        ("{field: user.id}", "when.op", "`op` is missing."),
        ("{field: user.id, op: is, value: x}", "when.op", "Unknown operator `is`."),
        ("{field: usr.id, op: exists}", "when.field", "Unknown field `usr.id`."),
        ("{field: user, op: exists}", "when.field", "cannot be looked at"),
        ("{field: user..id, op: exists}", "when.field", "not a path"),
        ("{field: user.id, op: exists, value: 1}", "when.value", "Expected no `value`."),
        ("{field: user.id, op: equals}", "when.value", "Expected a text, a number"),
        ("{field: user.id, op: equals, value: [a]}", "when.value", "does not fit `equals`"),
        ("{field: user.id, op: in, value: a}", "when.value", "Expected a list"),
        ("{field: user.id, op: in, value: [[a]]}", "when.value", "Expected a list"),
        ("{field: user.id, op: gt, value: tall}", "when.value", "Expected a number or a date"),
        ("{field: user.id, op: starts_with, value: 1}", "when.value", "Expected a text"),
        ("{field: user.id, op: matches, value: '(a'}", "when.value", "missing ): (a"),
        (
            "{field: user.id, op: matches, value: 'a(?=b)'}",
            "when.value",
            "look-around is not available",
        ),
        (
            "{field: user.id, op: matches, value: '(a)\\1'}",
            "when.value",
            "back-references are not available",
        ),
        ("{field: event.uuid, op: changed}", "when.op", "`changed` needs a field of the person."),
        ("{field: user.id, op: member_of, value: g}", "when.op", "`field: groups`"),
        ("{field: groups, op: member_of, value: [1]}", "when.value", "a group's name or id"),
        (
            "{field: user.id, op: exists, ignore_case: true}",
            "when.ignore_case",
            "`exists` does not compare text",
        ),
        ("{" + "not: {" * 9 + "field: user.id, op: exists" + "}" * 10, "when", "8 levels"),
    ],
)
def test_a_wrong_condition_is_explained(condition: str, path: str, said: str) -> None:
    found = only_problem(with_condition(condition))
    assert found.path == path
    assert said in str(found)


@pytest.mark.parametrize(
    ("step", "path", "said"),
    [
        ("{with: {to: a@b.c}}", "do[0].action", "`action` is missing."),
        ("{action: email.send}", "do[0].with.to", "`to` is missing. Expected the address."),
        ("{action: email.send, with: {to: 5}}", "do[0].with.to", "This is a number."),
        ("{action: email.send, with: {to: a@b.c, copies: 9}}", "do[0].with.copies", "5"),
        ("{action: email.send, with: {to: nobody}}", "do[0].with", "`nobody` is not an address."),
        ("{action: email.send, with: {to: a@b.c, cc: x}}", "do[0].with.cc", "Unknown key `cc`."),
        ("{action: email.send, with: {to: '{{ a', subject: x}}", "do[0].with.to", "not closed"),
        ("{action: email.send, with: {to: '{% if x %}a'}}", "do[0].with.to", "Tags"),
        ("{action: email.send, with: {to: '{{ secrets.key }}'}}", "do[0].with.to", "`secrets`"),
        ("{action: email.send, with: {to: '{{ user.id | sh }}'}}", "do[0].with.to", "filter `sh`"),
        (
            "{action: email.send, with: {to: '{{ steps.later.output.x }}'}}",
            "do[0].with.to",
            "no earlier step has the id `later`",
        ),
        ("{action: email.send, with: {to: '{{ steps }}'}}", "do[0].with.to", "no earlier step"),
        ("{action: email.send, with: {to: '{{ match.team }}'}}", "do[0].with.to", "named group"),
        ("{action: email.send, with: {to: '{{ run.id }}'}}", "do[0].with.to", "run.code"),
        ("{id: A B, action: email.send, with: {to: a@b.c}}", "do[0].id", "not valid"),
    ],
)
def test_a_wrong_step_is_explained(step: str, path: str, said: str) -> None:
    found = only_problem(with_step(step))
    assert found.path == path
    assert said in str(found)


def test_a_value_with_a_template_is_checked_for_its_key_only() -> None:
    rule = load(with_step("{action: email.send, with: {to: a@b.c, copies: '{{ user.status }}'}}"))
    assert rule.do[0].with_["copies"] == "{{ user.status }}"


def test_a_step_may_use_what_an_earlier_step_put_out() -> None:
    steps = (
        "{id: first, action: email.send, with: {to: a@b.c}}\n"
        "  - {action: email.send, with: {to: '{{ steps.first.output.message_id }}'}}"
    )
    assert len(load(with_step(steps)).do) == 2


def test_an_output_that_the_action_does_not_have_is_refused() -> None:
    steps = (
        "{id: first, action: email.send, with: {to: a@b.c}}\n"
        "  - {action: email.send, with: {to: '{{ steps.first.output.mesage }}'}}"
    )
    found = only_problem(with_step(steps))
    assert "email.send has no output `mesage`" in str(found)
    assert found.expected == "steps.first.output.message_id"


def test_two_steps_with_one_id_are_refused() -> None:
    steps = (
        "{id: one, action: email.send, with: {to: a@b.c}}\n"
        "  - {id: one, action: email.send, with: {to: a@b.c}}"
    )
    assert only_problem(with_step(steps)).path == "do[1].id"


def test_a_named_group_of_a_pattern_may_be_used() -> None:
    text = (
        HEAD + "when: {field: user.profile.title, op: matches, value: '^(?P<team>\\w+) lead'}\n"
        "do: [{action: email.send, with: {to: '{{ match.team }}@example.com'}}]\n"
    )
    assert load(text).when is not None


def test_plain_data_is_checked_like_a_file() -> None:
    with pytest.raises(DefinitionErrors) as caught:
        load_definition({"name": "x1", "kind": "event", "on": [], "do": []}, actions=ACTIONS)
    assert [problem.path for problem in caught.value.problems] == ["on", "do"]


def test_a_stored_version_is_readable_though_its_action_is_gone() -> None:
    stored = load(MINIMAL).canonical()
    stored["do"][0]["action"] = "gone.away"
    assert load_definition(stored).do[0].action == "gone.away"
