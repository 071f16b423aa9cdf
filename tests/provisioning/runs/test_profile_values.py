"""Whatever a profile holds is matched, stored and given to actions as Okta said it."""

from collections.abc import Mapping
from typing import Any

import pytest
from pytest_django import Settings

from provisioning.actions.base import Outcome
from provisioning.actions.okta import client
from provisioning.actions.registry import ACTIONS
from provisioning.events.models import EventProfile, Person
from provisioning.runs.models import Run, Step
from tests.support.actions import Shelf
from tests.support.engine import drain, receive, rule, step, suspended


@pytest.fixture
def profile(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What Okta says of the person's profile from now on."""
    settings.OKTA_ORG_URL = "https://acme.okta.example"
    said: dict[str, Any] = {"login": "00u1@acme.example"}

    def read_each(ids: list[str]) -> Mapping[str, Any]:
        return {one: {"id": one, "status": "ACTIVE", "profile": dict(said)} for one in ids}

    monkeypatch.setattr(client, "read_each", read_each)
    return said


@pytest.mark.parametrize("value", [37.5, 2**53 + 1, 2**70, -0.5, True, [0.25, {"a": 1.5}]])
def test_a_value_that_stayed_the_same_has_not_changed(
    shelf: Shelf, profile: dict[str, Any], value: object
) -> None:
    """Mutation: kept as the text "37.5", each later reading would look like a change."""
    rule("one", step("test.put", "a"), when={"field": "user.profile.hours", "op": "changed"})
    profile["hours"] = value
    for minute in range(3):
        receive(suspended(minute=minute))
        drain()
    assert Run.objects.count() == 0
    person = Person.objects.get()
    assert person.user is not None
    assert (person.user["profile"]["hours"], person.previous) == (value, None)
    profile["hours"] = "other"
    receive(suspended(minute=3))
    drain()
    assert Run.objects.count() == 1


@pytest.mark.parametrize("name", ["May\ud83d", "Ma\x00ya"])
def test_text_that_the_database_refuses_holds_up_nobody(
    shelf: Shelf, profile: dict[str, Any], name: str
) -> None:
    """As half of an emoji, where a form cut a name off in its middle."""
    profile["displayName"] = name
    rule("one", step("test.put", "a", "{{ user.profile.displayName }}"))
    [event] = receive(suspended())
    drain()
    event.refresh_from_db()
    shown = name.replace("\ud83d", "\ufffd").replace("\x00", "\ufffd")
    assert (event.state, shelf.items) == ("done", {"a": shown})
    kept = EventProfile.objects.get().user
    assert kept is not None
    assert kept["profile"]["displayName"] == shown


def test_a_number_that_a_step_gives_stays_a_number(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"hours": 37.5, "id": 2**60, "none": float("inf")}
    monkeypatch.setattr(ACTIONS["test.say"], "act", lambda params, context: Outcome(given))
    rule("one", step("test.say", "a"))
    receive(suspended())
    drain()
    assert Step.objects.get().output == {"hours": 37.5, "id": 2**60, "none": "inf"}
