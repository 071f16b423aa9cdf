"""Actions and texts that the tests of rules share. No action here does anything."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import Field, JsonValue

from provisioning.actions.base import Action, Effect, Params
from provisioning.rules.definitions import Definition, load_rule
from provisioning.rules.problems import DefinitionErrors, Problem

ROOT = Path(__file__).parents[3]
FIXTURES = ROOT / "tests" / "fixtures" / "okta"


class MailParams(Params):
    to: str = Field(min_length=3, description="the address")
    subject: str = Field(default="Hello", description="one line")
    copies: int = Field(default=1, ge=1, le=5, description="how many")
    extra: dict[str, JsonValue] = Field(default_factory=dict, description="anything")


class Mail(Action[MailParams]):
    name: ClassVar[str] = "email.send"
    title: ClassVar[str] = "Send mail"
    summary: ClassVar[str] = "Sends mail."
    effect: ClassVar[Effect] = Effect.NOTIFY
    target_kind: ClassVar[str] = "address"
    params = MailParams
    outputs: ClassVar[Mapping[str, str]] = {"message_id": "the id"}
    read_back: ClassVar[str] = "It cannot be read back."

    def problems(self, params: MailParams) -> Sequence[str]:
        return [] if "@" in params.to else [f"`{params.to}` is not an address."]


ACTIONS: Mapping[str, Action[Any]] = {"email.send": Mail()}

MINIMAL = """\
name: a-rule
kind: event
on: [user.lifecycle.create]
do:
  - action: email.send
    with: {to: someone@example.com}
"""


def load(text: str) -> Definition:
    return load_rule(text, "rules/a.yaml", actions=ACTIONS)


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(DefinitionErrors) as caught:
        load(text)
    return caught.value.problems


def only_problem(text: str) -> Problem:
    found = problems(text)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def seconds(work: Callable[[], object]) -> float:
    """Processor time of the fastest of three tries, so that a busy machine does not count."""
    tries = []
    for _ in range(3):
        started = time.thread_time()
        work()
        tries.append(time.thread_time() - started)
    return min(tries)


DEPARTMENT = "user.profile.department"


def check(op: str, value: Any = None, field: str = DEPARTMENT, **more: Any) -> dict[str, Any]:
    """One condition as data."""
    return {"field": field, "op": op, **({} if value is None else {"value": value}), **more}
