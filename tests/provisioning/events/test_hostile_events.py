"""Odd events are stored as they are; what cannot be understood is set aside alone (A37, R17)."""

import hashlib
from typing import Any

import pytest

from audit.models import Entry
from provisioning.events.models import Delivery, Event
from provisioning.events.reading import parse
from tests.support.hooks import Hook, envelope, event

ODD = [
    ("nul", b'"a\\u0000b"'),
    ("lone-surrogate", b'"a\\ud800b"'),
    ("too-big-for-a-float", b"1e400"),
    ("past-2-to-the-53", b"9007199254740993"),
    ("five-thousand-digits", b"1" * 5_000),
    ("same-key-twice", b'{"a":1,"a":2}'),
]


@pytest.mark.parametrize("value", [value for _, value in ODD], ids=[name for name, _ in ODD])
def test_odd_values_are_kept_byte_for_byte(hook: Hook, value: bytes) -> None:
    text = (
        b'{"uuid":"u-1","eventType":"user.session.start","published":"2026-11-20T09:00:00Z",'
        b'"displayMessage":' + value + b',"debugContext":{"debugData":{"x":' + value + b"}}}"
    )
    body = b'{"data":{"events":[' + text + b"]}}"
    assert hook.call(body=body).status == 204
    stored = Event.objects.get()
    assert stored.state == "received"
    assert stored.body.encode() == text
    assert bytes(stored.digest) == hashlib.sha256(text).digest()
    assert parse(stored.body)["uuid"] == "u-1"
    assert Entry.objects.filter(verb="delivery.accepted").count() == 1


BROKEN: list[tuple[Any, str]] = [
    (None, "An event must be an object, this is missing or null."),
    ("text", "An event must be an object, this is a text."),
    ({}, "uuid must be a text that is not empty"),
    ({"uuid": 7, "eventType": "a.b", "published": "2026-11-20T09:00:00Z"}, "uuid must be"),
    ({"uuid": "u", "eventType": "", "published": "2026-11-20T09:00:00Z"}, "eventType must be"),
    ({"uuid": "u", "eventType": "a.b", "published": "yesterday"}, "not an ISO 8601 time"),
    ({"uuid": "u", "eventType": "a.b", "published": "2026-11-20T09:00:00"}, "no time zone"),
    ({"uuid": "u" * 201, "eventType": "a", "published": "2026-11-20T09:00:00Z"}, "201 characters"),
    (event(target="text"), "target must be a list or null"),
    (event(actor=[1]), "actor must be an object or null"),
]


@pytest.mark.parametrize(("broken", "says"), BROKEN)
def test_an_event_that_is_not_understood_is_set_aside_and_the_others_go_on(
    hook: Hook, broken: Any, says: str
) -> None:
    before, after = event(), event()
    assert hook.post(before, broken, after).status == 204
    quarantined = Event.objects.get(state="quarantined")
    assert says in quarantined.error
    assert quarantined.uuid.startswith("sha256:")
    assert Event.objects.filter(state="received").count() == 2
    entry = Entry.objects.get(verb="event.quarantined")
    assert (entry.object_id, entry.outcome) == (quarantined.code, "refused")
    assert Delivery.objects.get().quarantined_count == 1


def test_the_same_broken_event_is_set_aside_once(hook: Hook) -> None:
    body = envelope({"eventType": "a.b"})
    hook.call(body=body)
    hook.call(body=body)
    assert Event.objects.count() == 1
    assert Entry.objects.filter(verb="event.quarantined").count() == 1


def test_one_bad_event_of_five_hundred(hook: Hook) -> None:
    events = [event() for _ in range(499)]
    assert hook.post(*events[:250], "bad", *events[250:]).status == 204
    assert Event.objects.filter(state="received").count() == 499
    assert Event.objects.filter(state="quarantined").count() == 1


@pytest.mark.parametrize("targets", [None, [], [None], [7], ["text"], [{"type": "UserGroup"}]])
def test_any_shape_of_targets_is_normal(hook: Hook, targets: Any) -> None:
    assert hook.post(event(target=targets, eventType="group.lifecycle.create")).status == 204
    assert Event.objects.get().person_id == ""


def test_the_person_is_the_target_of_type_user_wherever_it_stands(hook: Hook) -> None:
    group = {"id": "00g1", "type": "UserGroup"}
    user = {"id": "00u1", "type": "User", "alternateId": "a@b.example", "displayName": "A B"}
    hook.post(event("group.user_membership.add", target=[group, user]))
    stored = Event.objects.get()
    assert (stored.person_id, stored.person_login, stored.lane) == ("00u1", "a@b.example", "00u1")


def test_ip_chains_stand_in_the_client_or_in_the_request(hook: Hook) -> None:
    chain = [{"ip": "203.0.113.7"}]
    assert (
        hook.post(event(client={"ipChain": chain}), event(request={"ipChain": chain})).status == 204
    )
    assert Event.objects.filter(state="received").count() == 2
