"""A hook is registered, then proves by one call that it listens."""

import pytest

from sandbox.client import SandboxClient, SandboxRefusedError
from sandbox.server import Sandbox
from tests.sandbox.conftest import SECRET, Receiver

TYPES = ["user.lifecycle.suspend"]
MAYA = "maya.lindqvist@acme.example"


def test_a_new_hook_is_active_unverified_and_keeps_its_secret_to_itself(
    client: SandboxClient, receiver: Receiver
) -> None:
    hook = client.register_hook(receiver.url, SECRET, TYPES)

    assert (hook["status"], hook["verificationStatus"]) == ("ACTIVE", "UNVERIFIED")
    assert SECRET not in str(hook)
    assert SECRET not in str(client.list_hooks())


def test_an_unverified_hook_receives_nothing(client: SandboxClient, receiver: Receiver) -> None:
    client.register_hook(receiver.url, SECRET, TYPES)
    client.suspend(MAYA)

    assert client.settle()
    assert receiver.posts == []


def test_verifying_sends_one_challenge_with_the_secret(
    client: SandboxClient, receiver: Receiver
) -> None:
    hook = client.register_hook(receiver.url, SECRET, TYPES)

    assert client.verify_hook(hook["id"])["verificationStatus"] == "VERIFIED"
    (headers,) = receiver.gets
    assert headers["authorization"] == SECRET
    assert len(headers["x-okta-verification-challenge"]) > 20
    assert client.list_events()[-1]["eventType"] == "event_hook.verified"


def test_the_secret_can_be_left_out_of_the_challenge(
    sandbox: Sandbox, client: SandboxClient, receiver: Receiver
) -> None:
    sandbox.okta.verify_with_secret = False
    hook = client.register_hook(receiver.url, SECRET, TYPES)
    client.verify_hook(hook["id"])

    assert "authorization" not in receiver.gets[0]


def test_a_wrong_answer_is_asked_for_twice_and_then_refused(
    client: SandboxClient, receiver: Receiver
) -> None:
    receiver.verifies = lambda challenge: {"verification": "something else"}
    hook = client.register_hook(receiver.url, SECRET, TYPES)

    with pytest.raises(SandboxRefusedError, match="without the challenge") as refusal:
        client.verify_hook(hook["id"])
    assert refusal.value.status == 400
    assert len(receiver.gets) == 2
    assert client.list_hooks()[0]["verificationStatus"] == "UNVERIFIED"


def test_a_new_address_must_be_verified_anew(
    sandbox: Sandbox, client: SandboxClient, receiver: Receiver, hook: str
) -> None:
    body = client.list_hooks()[0]
    body["channel"]["config"]["uri"] = receiver.url + "/other"
    changed = client._okta("PUT", f"eventHooks/{hook}", body)

    assert changed["verificationStatus"] == "UNVERIFIED"


def test_a_new_name_needs_no_verification(client: SandboxClient, hook: str) -> None:
    body = {**client.list_hooks()[0], "name": "Renamed"}

    assert client._okta("PUT", f"eventHooks/{hook}", body)["verificationStatus"] == "VERIFIED"


def test_only_an_inactive_hook_can_be_deleted(client: SandboxClient, hook: str) -> None:
    with pytest.raises(SandboxRefusedError, match="INACTIVE"):
        client._okta("DELETE", f"eventHooks/{hook}")

    client.delete_hook(hook)
    assert client.list_hooks() == []


@pytest.mark.parametrize(
    ("url", "types", "sentence"),
    [
        ("https://hooks.example.com/okta", TYPES, "this machine only"),
        ("ftp://127.0.0.1/", TYPES, "http or https"),
        ("http://127.0.0.1:9/", [], "Give 1 to 300"),
        ("http://127.0.0.1:9/", ["event_hook.delivery"], "Not eligible"),
        ("http://127.0.0.1:9/", ["user.lifecycle.delete.completed"], "Not eligible"),
    ],
)
def test_a_hook_that_cannot_work_is_refused_with_a_sentence(
    client: SandboxClient, url: str, types: list[str], sentence: str
) -> None:
    with pytest.raises(SandboxRefusedError, match=sentence):
        client.register_hook(url, SECRET, types)
