"""What holds for every action in the table, whoever adds it."""

import json
import socket
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from provisioning.actions.base import Action, Effect, Params
from provisioning.actions.registry import ACTIONS
from tests.provisioning.actions.conftest import new_context

TABLE = list(ACTIONS.values())
each_action = pytest.mark.parametrize("action", TABLE, ids=lambda action: action.name)


def example(model: type[Params]) -> Params:
    """The parameters made of each field's first example."""
    return model.model_validate(
        {name: (field.examples or [None])[0] for name, field in model.model_fields.items()}
    )


def described(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All fields of a schema and of the models inside it."""
    for model in (schema, *schema.get("$defs", {}).values()):
        for name, field in model.get("properties", {}).items():
            yield f"{model['title']}.{name}", field


@each_action
def test_every_field_has_a_description_and_an_example(action: Action[Any]) -> None:
    fields = list(described(action.params.model_json_schema()))
    assert fields
    for name, field in fields:
        assert field.get("description", "").endswith("."), name
        assert field.get("examples"), name


@each_action
def test_the_examples_are_parameters(action: Action[Any]) -> None:
    assert isinstance(example(action.params), action.params)


@each_action
def test_an_unknown_field_is_refused(action: Action[Any]) -> None:
    values = example(action.params).model_dump()
    with pytest.raises(ValidationError, match="Extra inputs"):
        action.params.model_validate({**values, "surprise": 1})


@each_action
def test_it_says_what_it_is(action: Action[Any]) -> None:
    assert action.title
    assert action.target_kind
    assert action.summary.endswith(".")
    assert action.read_back.endswith(".")
    assert isinstance(action.effect, Effect)
    assert action.outputs


@each_action
def test_it_describes_itself_in_one_sentence(action: Action[Any]) -> None:
    sentence = action.describe(example(action.params))
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "\n" not in sentence


@each_action
def test_its_target_is_named(action: Action[Any]) -> None:
    kind, _, name = action.target(example(action.params)).partition(":")
    assert kind
    assert name


@each_action
def test_its_statements_are_least_privilege(action: Action[Any]) -> None:
    statements = list(action.statements(example(action.params)))
    assert bool(statements) == action.name.startswith("aws.")
    for statement in statements:
        assert statement.actions
        assert statement.resources
        assert all("*" not in name and ":" in name for name in statement.actions)
        assert all(arn.startswith("arn:aws:") and arn != "*" for arn in statement.resources)


@each_action
def test_problems_are_found_without_network(
    action: Action[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for problem in action.problems(example(action.params)):
        assert problem[0].isupper()
        assert problem.endswith((".", "?"))


@each_action
def test_parameters_survive_being_stored(action: Action[Any]) -> None:
    params = example(action.params)
    stored = json.loads(json.dumps(params.model_dump(mode="json")))
    assert action.params.model_validate(stored) == params


@each_action
def test_a_lease_can_be_sized_for_it(action: Action[Any]) -> None:
    assert 0 < action.longest(example(action.params)) <= 1000


def test_the_key_of_a_step_is_the_same_for_each_attempt() -> None:
    assert new_context(run="r1", step="mail").once_key == "r1.mail"
