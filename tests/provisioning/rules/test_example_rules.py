"""The example rules are valid for the real actions and do what they say."""

import json
from typing import Any

from provisioning.actions.registry import ACTIONS
from provisioning.rules.conditions import evaluate
from provisioning.rules.definitions import Definition, load_rule
from provisioning.rules.fields import Facts, facts_of
from provisioning.rules.templating import render
from tests.provisioning.rules.support import FIXTURES, ROOT

NAMES = ("marketing-s3-folder", "offboarding-alert")


def rule(name: str) -> Definition:
    path = ROOT / "examples" / "rules" / f"{name}.yaml"
    return load_rule(path.read_text(), path.name, actions=ACTIONS)


def event(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text())
    return loaded


def person(department: str) -> dict[str, Any]:
    profile = {"firstName": "Maya", "lastName": "Lindqvist", "email": "maya@example.com",
               "department": department}  # fmt: skip
    return {"id": "00u1a2b3c4D5E6F7g8h9", "status": "ACTIVE", "profile": profile}


def matches(name: str, facts: Facts) -> bool:
    return evaluate(rule(name).when, facts).matched


def rendered(name: str, facts: Facts, outputs: dict[str, Any]) -> list[Any]:
    data = facts.names()
    data["steps"] = {key: {"output": value} for key, value in outputs.items()}
    found = []
    for step in rule(name).do:
        values = render(step.with_, data)
        action = ACTIONS[step.action]
        assert action.problems(action.params.model_validate(values)) == []
        found.append(values)
    return found


def test_every_example_is_named_like_its_file() -> None:
    files = {path.stem for path in (ROOT / "examples" / "rules").glob("*.yaml")}
    assert files == set(NAMES)
    assert all(rule(name).name == name for name in NAMES)


def test_a_move_to_marketing_makes_a_folder_and_a_mail_that_names_it() -> None:
    facts = facts_of(
        event("user.account.update_profile"), user=person("Marketing"), previous=person("Sales")
    )
    assert matches("marketing-s3-folder", facts)
    message = "The folder marketing-Maya Lindqvist/ was created."
    folder, mail = rendered(
        "marketing-s3-folder", facts, {"folder": {"body": {"message": message}}}
    )
    assert folder["payload"] == {
        "body": {"bucket_name": "team-folders", "folder_name": "marketing-Maya Lindqvist"}
    }
    assert folder["check"]["s3_object"]["key"] == "marketing-Maya Lindqvist/"
    assert mail["to"] == "maya@example.com"
    assert message in mail["body"]


def test_the_mail_names_the_folder_though_the_function_was_not_asked() -> None:
    facts = facts_of(event("user.lifecycle.create"), user=person("Marketing"), person_is_new=True)
    assert matches("marketing-s3-folder", facts)
    _, mail = rendered("marketing-s3-folder", facts, {"folder": {"body": None}})
    assert "marketing-Maya Lindqvist/" in mail["body"]
    assert "The folder is there." in mail["body"]


def test_another_edit_of_somebody_in_marketing_does_nothing() -> None:
    update = event("user.account.update_profile")
    same = facts_of(update, user=person("Marketing"), previous=person("Marketing"))
    leaving = facts_of(update, user=person("Sales"), previous=person("Marketing"))
    assert not matches("marketing-s3-folder", same)
    assert not matches("marketing-s3-folder", leaving)


def test_a_suspension_is_told_with_name_mail_actor_and_time() -> None:
    facts = facts_of(event("user.lifecycle.suspend"))
    assert matches("offboarding-alert", facts)
    assert not rule("offboarding-alert").needs_user
    (message,) = rendered("offboarding-alert", facts, {})
    assert message["text"] == "User suspended: Erin Example (erin@example.com)"
    fields = [field["text"] for field in message["blocks"][1]["fields"]]
    assert fields == [
        "*User:*\nErin Example",
        "*Email:*\nerin@example.com",
        "*Actor:*\nAda Admin",
        "*When:*\n2026-11-20 09:16:03 UTC",
    ]


def test_a_deactivation_is_told_and_a_failed_one_is_not() -> None:
    body = event("user.lifecycle.deactivate")
    (message,) = rendered("offboarding-alert", facts_of(body), {})
    assert message["blocks"][0]["text"]["text"] == "User deactivated"
    failed = {**body, "outcome": {"result": "FAILURE", "reason": "No permission"}}
    assert not matches("offboarding-alert", facts_of(failed))
