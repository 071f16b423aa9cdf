"""Facts are made from recorded events, and from any hostile shape."""

import json
from typing import Any

import pytest
from pydantic import JsonValue

from provisioning.rules.fields import Facts, facts_of, lookup
from tests.provisioning.rules.support import FIXTURES

EVENTS = sorted(path.stem for path in FIXTURES.glob("[!d]*.json"))


def event(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text())
    return loaded


def seen(facts: Facts, path: str) -> Any:
    return lookup(facts.names(), path.split("."))


def test_targets_are_picked_by_type() -> None:
    facts = facts_of(event("application.user_membership.add"))
    assert seen(facts, "event.target.User.displayName") == "Erin Example"
    assert seen(facts, "app.name") == "Example CRM"
    assert seen(facts, "app.id") == "0oaz1x2c3v4B5N6M7a8s"
    assert facts.group is None


def test_the_group_of_an_event_has_a_name() -> None:
    facts = facts_of(event("group.user_membership.add"))
    assert seen(facts, "group.name") == "Sales"


def test_changed_attributes_are_split() -> None:
    facts = facts_of(event("user.account.update_profile"))
    assert facts.changed_attributes == ("department", "title")
    assert facts_of(event("user.lifecycle.suspend")).changed_attributes is None


def test_the_raw_event_is_there_by_its_own_names() -> None:
    facts = facts_of(event("user.account.update_profile"))
    assert seen(facts, "event.debugContext.debugData.changedAttributes") == "department,title"
    assert seen(facts, "actor.displayName") == "Ada Admin"


@pytest.mark.parametrize("name", EVENTS)
def test_every_recorded_event_makes_facts(name: str) -> None:
    facts = facts_of(event(name))
    assert seen(facts, "event.eventType") == name
    assert isinstance(seen(facts, "event.target"), dict)


def test_the_preview_of_the_console_makes_facts() -> None:
    preview = event("delivery_preview")["data"]["events"][0]
    facts = facts_of(preview)
    assert facts.actor == {}
    assert facts.event["target"] == {}


@pytest.mark.parametrize("odd", [None, 5, "x", [], {}, [None], ["x"], [{"type": 5}], {"a": {}}])
def test_no_shape_of_an_event_raises(odd: Any) -> None:
    facts = facts_of({"actor": odd, "target": odd, "debugContext": odd, "eventType": odd})
    assert facts.changed_attributes is None
    assert seen(facts, "event.target.User.id") is None


def test_only_maps_and_lists_are_entered() -> None:
    names: dict[str, JsonValue] = {"user": {"profile": {"firstName": "Maya"}, "tags": ["a", "b"]}}
    assert lookup(names, ("user", "tags", 1)) == "b"
    assert lookup(names, ("user", "tags", 2)) is None
    assert lookup(names, ("user", "__class__")) is None
    assert lookup(names, ("user", "profile", "firstName", "upper")) is None
    assert lookup(names, ("nobody",)) is None
