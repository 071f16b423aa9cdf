"""Three seconds, one retry after a time-out or 5xx, none after 4xx, then a log entry."""

from sandbox.client import SandboxClient
from tests.sandbox.conftest import SECRET, Json, Receiver

MAYA = "maya.lindqvist@acme.example"


def _last_delivery(client: SandboxClient) -> Json:
    client.suspend(MAYA)
    assert client.settle(15)
    return client.list_deliveries()[-1]


def test_a_5xx_is_repeated_once_and_then_delivered(
    client: SandboxClient, receiver: Receiver, hook: str
) -> None:
    receiver.answers = [(503, 0)]

    assert _last_delivery(client)["status"] == "delivered"
    assert len(receiver.posts) == 2
    assert receiver.bodies[0] == receiver.bodies[1]


def test_two_5xx_lose_the_event_and_leave_a_log_entry(
    client: SandboxClient, receiver: Receiver, hook: str
) -> None:
    receiver.answers = [(500, 0), (500, 0)]

    assert _last_delivery(client)["status"] == "failed"
    assert len(receiver.posts) == 2
    event = client.list_events()[-1]
    assert (event["eventType"], event["outcome"]["result"]) == ("event_hook.delivery", "FAILURE")
    assert "status code 500" in event["outcome"]["reason"]


def test_a_4xx_is_not_repeated(client: SandboxClient, receiver: Receiver, hook: str) -> None:
    receiver.answers = [(401, 0)]

    assert _last_delivery(client)["status"] == "failed"
    assert len(receiver.posts) == 1


def test_a_redirect_is_not_followed(client: SandboxClient, receiver: Receiver, hook: str) -> None:
    receiver.answers = [(307, 0)]

    assert _last_delivery(client)["status"] == "failed"
    assert len(receiver.posts) == 1


def test_an_answer_after_three_seconds_counts_as_a_time_out_and_is_repeated(
    client: SandboxClient, receiver: Receiver, hook: str
) -> None:
    receiver.answers = [(204, 3.6)]
    delivery = _last_delivery(client)

    first, second = delivery["attempts"]
    assert first["reason"] == "Hook timed out"
    assert 2.8 < first["seconds"] < 3.5
    assert (second["status"], delivery["status"]) == (204, "delivered")


def test_an_endpoint_that_is_not_there_is_tried_twice(
    client: SandboxClient, receiver: Receiver, hook: str
) -> None:
    receiver.server.server_close()
    receiver.server.shutdown()
    delivery = _last_delivery(client)

    assert len(delivery["attempts"]) == 2
    assert SECRET not in str(delivery)
