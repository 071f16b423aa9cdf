"""Deliveries can be doubled, lost, late and out of order, as they may be in reality."""

import time

import pytest

from sandbox.client import SandboxClient, SandboxRefusedError
from tests.sandbox.conftest import Receiver

MAYA = "maya.lindqvist@acme.example"


def test_a_delivery_can_arrive_twice(client: SandboxClient, receiver: Receiver, hook: str) -> None:
    client.set_delivery_options(duplicate=1)
    client.suspend(MAYA)
    client.settle()
    client.unsuspend(MAYA)
    client.settle()

    uuids = [event["uuid"] for event in receiver.events]
    assert (len(uuids), len(set(uuids))) == (3, 2)


def test_a_lost_delivery_is_only_in_the_log(
    client: SandboxClient, receiver: Receiver, hook: str
) -> None:
    client.set_delivery_options(drop=1)
    client.suspend(MAYA)
    client.settle()
    client.unsuspend(MAYA)
    client.settle()

    assert [e["eventType"] for e in receiver.events] == ["user.lifecycle.unsuspend"]
    assert client.list_deliveries()[0]["status"] == "dropped"
    assert "user.lifecycle.suspend" in [e["eventType"] for e in client.list_events()]


def test_a_delivery_can_be_late(client: SandboxClient, receiver: Receiver, hook: str) -> None:
    client.set_delivery_options(delay=0.8)
    started = time.monotonic()
    client.suspend(MAYA)

    assert client.settle()
    assert time.monotonic() - started > 0.8
    assert len(receiver.bodies) == 1


def test_events_can_arrive_out_of_order_and_complete(
    client: SandboxClient, receiver: Receiver, hook: str
) -> None:
    client.set_delivery_options(reorder=True, batch_seconds=0.5)
    for number in range(12):
        client.update_user(MAYA, title=f"Title {number}")
    client.settle()

    arrived = [event["uuid"] for event in receiver.events]
    written = [e["uuid"] for e in client.list_events() if "update_profile" in e["eventType"]]
    assert arrived != written
    assert sorted(arrived) == sorted(written)


def test_any_event_at_all_can_be_sent(client: SandboxClient, receiver: Receiver, hook: str) -> None:
    odd = {"uuid": "1", "eventType": "user.lifecycle.create", "target": "<script>", "x": "\ud800"}
    client.send_events(hook, [odd])
    client.settle()

    assert receiver.events == [odd]


def test_an_unknown_option_is_refused_with_the_known_ones(client: SandboxClient) -> None:
    with pytest.raises(SandboxRefusedError, match=r"Unknown options speed; known are batch_sec"):
        client.set_delivery_options(speed=1)
