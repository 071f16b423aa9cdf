"""An accepted call is stored with its events, its entry and a wake-up, in one commit."""

from datetime import datetime, timedelta
from unittest.mock import Mock

import pytest

from audit.models import Entry
from provisioning import wakeups
from provisioning.clocks import database_now
from provisioning.events.models import Delivery, Event
from provisioning.runs import scheduling
from tests.support.hooks import Hook, event, fixture


def test_an_accepted_call_answers_204_with_an_empty_body(hook: Hook) -> None:
    answer = hook.post(event())
    assert (answer.status, answer.body) == (204, b"")


def test_every_event_of_a_call_is_stored_once(hook: Hook) -> None:
    first, second = event(), event("group.user_membership.add")
    assert hook.post(first, second).status == 204
    assert hook.post(second).status == 204
    assert set(Event.objects.values_list("uuid", flat=True)) == {first["uuid"], second["uuid"]}


def test_the_exact_text_of_an_event_is_kept_with_its_digest(hook: Hook) -> None:
    text = b'{"uuid" : "u-1",  "eventType":"user.session.start","published":"2026-11-20T09:00:00Z"}'
    body = b'{"data":{"x":[1],"events":[ ' + text + b" ]}}"
    assert hook.call(body=body).status == 204
    stored = Event.objects.get(uuid="u-1")
    assert stored.body.encode() == text


def test_a_delivery_says_how_many_events_were_new(hook: Hook) -> None:
    known = event()
    hook.post(known)
    hook.post(known, event())
    delivery = Delivery.objects.latest("id")
    assert (delivery.event_count, delivery.stored_count, delivery.duplicate_count) == (2, 1, 1)


def test_the_trail_tells_of_the_delivery(hook: Hook) -> None:
    hook.post(event())
    entry = Entry.objects.get(verb="delivery.accepted")
    delivery = Delivery.objects.get()
    assert entry.object_id == delivery.code
    assert entry.request_id == delivery.request_id
    assert entry.data["events"] == 1


def test_a_host_whose_clock_is_ahead_delays_nothing(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R28. Mutation: due by the host's clock, an event would wait until the database's is there."""
    ahead = Mock(wraps=datetime)
    ahead.now.side_effect = lambda zone: datetime.now(zone) + timedelta(hours=2)
    monkeypatch.setattr("provisioning.webhooks.datetime", ahead)
    hook.post(event())
    assert Event.objects.get().received_at > database_now() + timedelta(hours=1)
    assert scheduling.any_claimable()


def test_the_preview_of_the_admin_console_is_normal_input(hook: Hook) -> None:
    preview = fixture("delivery_preview")["data"]["events"][0]
    assert hook.post(preview).status == 204
    stored = Event.objects.get()
    assert (stored.state, stored.result, stored.person_id) == ("received", "SUCCESS", "")


def test_a_wake_up_is_sent(hook: Hook) -> None:
    hook.post(event())
    for _ in range(100):
        if wakeups.depth() == 1:
            return
        hook.endpoint.writer.join(0.02)
    raise AssertionError("no job was enqueued")
