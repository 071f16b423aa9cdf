"""What arrives at a verified hook."""

from sandbox.client import SandboxClient
from tests.sandbox.conftest import SECRET, Receiver

MAYA = "maya.lindqvist@acme.example"


def test_a_change_arrives_with_the_secret_in_the_documented_envelope(
    client: SandboxClient, receiver: Receiver, hook: str
) -> None:
    client.update_user(MAYA, department="Marketing")
    assert client.settle()

    (headers,), (body,) = receiver.posts, receiver.bodies
    assert headers["authorization"] == SECRET
    assert headers["content-type"] == "application/json"
    assert (body["eventType"], body["eventTypeVersion"]) == ("com.okta.event_hook", "1.0")
    assert (body["cloudEventsVersion"], body["contentType"]) == ("0.1", "application/json")
    assert body["source"].endswith(f"/api/v1/eventHooks/{hook}")
    assert set(body) >= {"eventId", "eventTime", "data"}


def test_the_event_is_the_one_of_the_log_with_the_address_moved(
    client: SandboxClient, receiver: Receiver, hook: str
) -> None:
    client.update_user(MAYA, department="Marketing")
    client.settle()

    (sent,), logged = receiver.events, client.list_events()[-1]
    assert sent["uuid"] == logged["uuid"]
    assert sent["client"]["ipChain"] == logged["request"]["ipChain"]
    assert "request" not in sent
    assert sent["insertionTimestamp"] is None
    assert sent["target"][0]["alternateId"] == MAYA
    assert sent["debugContext"]["debugData"]["changedAttributes"] == "department"


def test_events_close_together_share_a_call(
    client: SandboxClient, receiver: Receiver, hook: str
) -> None:
    client.deactivate(MAYA)
    client.settle()

    (body,) = receiver.bodies
    assert [event["eventType"] for event in body["data"]["events"]] == [
        "user.lifecycle.deactivate",
        "application.user_membership.remove",
        "group.user_membership.remove",
    ]


def test_a_call_holds_no_more_events_than_allowed(
    client: SandboxClient, receiver: Receiver, hook: str
) -> None:
    client.set_delivery_options(max_batch=2)
    client.deactivate(MAYA)
    client.settle()

    assert sorted(len(body["data"]["events"]) for body in receiver.bodies) == [1, 2]


def test_a_type_nobody_subscribed_to_is_not_sent(
    client: SandboxClient, receiver: Receiver, hook: str
) -> None:
    client.create_group("Design")
    client.settle()

    assert receiver.bodies == []


def test_a_deactivated_hook_receives_nothing(
    client: SandboxClient, receiver: Receiver, hook: str
) -> None:
    client._okta("POST", f"eventHooks/{hook}/lifecycle/deactivate", {})
    client.suspend(MAYA)
    client.settle()

    assert receiver.bodies == []


def test_a_preview_has_no_target_no_actor_and_says_success_in_mixed_case(
    client: SandboxClient, receiver: Receiver, hook: str
) -> None:
    client.send_preview(hook, "group.user_membership.add")
    client.settle()

    (event,) = receiver.events
    assert (event["target"], event["actor"], event["debugContext"]) == (None, None, None)
    assert event["outcome"]["result"] == "Success"


def test_a_call_can_be_sent_again_with_the_same_ids(
    client: SandboxClient, receiver: Receiver, hook: str
) -> None:
    client.suspend(MAYA)
    client.settle()
    client.resend(client.list_deliveries()[0]["id"])
    client.settle()

    assert receiver.bodies[0] == receiver.bodies[1]
