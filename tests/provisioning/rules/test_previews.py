"""Previews: what steps would send, rendered as execution renders them, without calling anything."""

from pydantic import JsonValue

from provisioning.rules.fields import facts_of
from provisioning.rules.previews import preview, preview_step
from tests.provisioning.rules.support import load

FOLDER: dict[str, JsonValue] = {"bucket": "team-folders", "key": "{{ user.profile.firstName }}/"}
JANE: dict[str, JsonValue] = {"user": {"profile": {"firstName": "Jane"}}}


def test_a_step_is_said_in_a_sentence_with_its_resolved_parameters() -> None:
    step = preview_step(1, "folder", "aws.s3.create_folder", FOLDER, JANE)

    assert step.params == {"bucket": "team-folders", "key": "Jane/"}
    assert step.sentence.startswith("Create the folder Jane/ in the bucket team-folders")
    assert (step.target, step.problems, step.pending) == ("s3://team-folders", (), ())
    assert step.read_first


def test_a_missing_value_is_a_problem_and_nothing_is_shown_as_sent() -> None:
    step = preview_step(1, "folder", "aws.s3.create_folder", FOLDER, {})

    assert step.params is None
    assert "user.profile.firstName has no value (path do[0].with.key)" in step.problems


def test_a_parameter_of_the_wrong_shape_is_a_problem_with_its_name() -> None:
    step = preview_step(1, "folder", "aws.s3.create_folder", {"bucket": "", "key": "a"}, {})

    assert any(problem.startswith("bucket: ") for problem in step.problems)


def test_problems_that_the_action_finds_offline_are_listed() -> None:
    step = preview_step(1, "folder", "aws.s3.create_folder", {"bucket": "NO", "key": "a"}, {})

    assert step.params is not None
    assert step.problems


def test_an_output_not_known_yet_stands_as_a_marked_placeholder() -> None:
    template: dict[str, JsonValue] = {"bucket": "b-1", "key": "{{ steps.one.output.body.id }}"}

    step = preview_step(2, "two", "aws.s3.create_folder", template, {})

    assert step.params == {"bucket": "b-1", "key": "«one.output.body.id, known after that step»"}
    assert step.pending == ("one.output.body.id",)
    assert step.problems == ()


def test_an_output_that_is_known_is_used() -> None:
    template: dict[str, JsonValue] = {"bucket": "b-1", "key": "{{ steps.one.output.id }}"}
    names: dict[str, JsonValue] = {"steps": {"one": {"output": {"id": "x7"}}}}

    step = preview_step(2, "two", "aws.s3.create_folder", template, names)

    assert step.params == {"bucket": "b-1", "key": "x7"}
    assert step.pending == ()


def test_html_is_escaped_as_execution_escapes_it() -> None:
    template: dict[str, JsonValue] = {
        "to": "a@b.example", "subject": "s", "body": "b", "html": "<p>{{ user.name }}</p>"
    }  # fmt: skip

    step = preview_step(1, "mail", "email.send", template, {"user": {"name": "<b>"}})

    assert isinstance(step.params, dict)
    assert step.params["html"] == "<p>&lt;b&gt;</p>"


def test_an_action_that_is_gone_is_said() -> None:
    step = preview_step(1, "x", "aws.gone", {}, {})

    assert step.problems == ("There is no action aws.gone any more.",)


def test_a_whole_rule_is_held_against_facts() -> None:
    definition = load(
        "name: a-rule\nkind: event\non: [user.lifecycle.create]\n"
        "when: {field: user.status, op: equals, value: ACTIVE}\n"
        "do:\n  - action: email.send\n    with: {to: a@b.example, subject: '{{ rule.name }}'}\n"
    )

    said = preview(definition, facts_of({}, user={"status": "STAGED"}))

    assert not said.verdict.matched
    assert [step.key for step in said.steps] == ["email_send"]
