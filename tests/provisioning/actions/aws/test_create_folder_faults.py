"""S3 fails before, during and after the write: there is at most one folder, and the class fits."""

import pytest
from pytest_django import Settings

from provisioning.actions import registry
from provisioning.actions.aws.s3 import CreateFolderParams
from provisioning.actions.base import Context, Permanent, Transient
from sandbox.server import Sandbox
from tests.provisioning.actions.stub import Scripted, Stub, closed_port_url

ACTION = registry.get("aws.s3.create_folder")
FOLDER = CreateFolderParams(bucket="team-folders", key="a b/", expected_owner="123456789012")
#: More than the SDK's own tries, so that it gives up.
ALWAYS = 3


def writes(sandbox: Sandbox) -> int:
    calls = sandbox.aws.journal.entries("s3", "PutObject")
    return sum(call["status"] == 200 for call in calls)


def test_a_fault_before_the_effect_is_transient_and_leaves_nothing(
    sandbox: Sandbox, context: Context
) -> None:
    sandbox.faults.add({"service": "s3", "operation": "PutObject", "status": 500, "times": ALWAYS})
    with pytest.raises(Transient) as caught:
        ACTION.act(FOLDER, context)
    assert caught.value.http_status == 500
    assert ACTION.look(FOLDER, context).done is False
    assert writes(sandbox) == 0


def test_an_answer_lost_after_the_effect_is_found_by_looking(
    sandbox: Sandbox, context: Context
) -> None:
    fault = {"service": "s3", "operation": "PutObject", "drop": "after", "times": ALWAYS}
    sandbox.faults.add(fault)
    with pytest.raises(Transient) as caught:
        ACTION.act(FOLDER, context)
    assert caught.value.code == "ConnectionClosedError"
    assert ACTION.look(FOLDER, context).done is True
    assert ACTION.act(FOLDER, context).output["created"] is False
    assert writes(sandbox) == 1


def test_a_connection_reset_once_is_mended_by_the_sdk(sandbox: Sandbox, context: Context) -> None:
    sandbox.faults.add({"service": "s3", "operation": "PutObject", "drop": "before", "times": 1})
    assert ACTION.act(FOLDER, context).output["created"] is True


def test_a_race_with_another_writer_is_transient(sandbox: Sandbox, context: Context) -> None:
    sandbox.faults.add({"service": "s3", "operation": "PutObject", "status": 409, "times": 1})
    with pytest.raises(Transient) as caught:
        ACTION.act(FOLDER, context)
    assert caught.value.code == "ConditionalRequestConflict"


def test_throttling_is_transient_after_three_tries(sandbox: Sandbox, context: Context) -> None:
    fault = {"service": "s3", "operation": "PutObject", "status": 503, "code": "SlowDown"}
    sandbox.faults.add({**fault, "times": 0})
    with pytest.raises(Transient) as caught:
        ACTION.act(FOLDER, context)
    assert caught.value.code == "SlowDown"
    assert len(sandbox.aws.journal.entries("s3", "PutObject")) == ALWAYS


def test_a_refusal_is_permanent_and_not_repeated(sandbox: Sandbox, context: Context) -> None:
    sandbox.faults.add({"service": "s3", "operation": "PutObject", "status": 403, "times": 0})
    with pytest.raises(Permanent) as caught:
        ACTION.act(FOLDER, context)
    assert caught.value.code == "AccessDenied"
    assert caught.value.message == (
        "AWS did not allow us to create the folder a b/ in the bucket team-folders."
    )
    assert "policy" in caught.value.hint
    assert len(sandbox.aws.journal.entries("s3", "PutObject")) == 1


def test_without_permission_to_see_the_object_the_listing_decides(
    sandbox: Sandbox, context: Context
) -> None:
    ACTION.act(FOLDER, context)
    sandbox.faults.add({"service": "s3", "operation": "HeadObject", "status": 403, "times": 0})
    look = ACTION.look(FOLDER, context)
    assert look.done is True
    assert look.state["object"] == "there"


def test_without_permission_to_see_anything_looking_fails(
    sandbox: Sandbox, context: Context
) -> None:
    sandbox.faults.add({"service": "s3", "operation": "HeadObject", "status": 403, "times": 0})
    sandbox.faults.add({"service": "s3", "operation": "ListObjectsV2", "status": 403, "times": 0})
    with pytest.raises(Permanent) as caught:
        ACTION.look(FOLDER, context)
    assert caught.value.code == "AccessDenied"


def test_nobody_listening_is_transient(
    sandbox: Sandbox, context: Context, settings: Settings
) -> None:
    settings.AWS_ENDPOINT_URL = closed_port_url()
    with pytest.raises(Transient) as caught:
        ACTION.act(FOLDER, context)
    assert caught.value.code == "EndpointConnectionError"
    assert caught.value.message == "AWS could not be reached; nothing was sent."


def test_the_extended_request_id_of_s3_is_kept(
    sandbox: Sandbox, context: Context, settings: Settings, stub: Stub
) -> None:
    settings.AWS_ENDPOINT_URL = stub.url
    ids = {"x-amz-request-id": "R1", "x-amz-id-2": "HOST2", "Content-Type": "application/xml"}
    body = "<Error><Code>AccessDenied</Code><Message>no token=abcdef12345</Message></Error>"
    stub.answers(Scripted(403, body, ids))
    with pytest.raises(Permanent) as caught:
        ACTION.act(FOLDER, context)
    assert caught.value.request_ids == ("R1", "HOST2")
    assert caught.value.detail["service_message"] == "no token=[hidden]"


def test_the_write_is_conditional_and_names_the_owner(
    sandbox: Sandbox, context: Context, settings: Settings, stub: Stub
) -> None:
    settings.AWS_ENDPOINT_URL = stub.url
    stub.answers(Scripted(200, "", {"ETag": '"1"'}))
    ACTION.act(FOLDER, context)
    (asked,) = stub.asked
    assert asked.method == "PUT"
    assert asked.path == "/team-folders/a%20b/"
    assert asked.headers["if-none-match"] == "*"
    assert asked.headers["x-amz-expected-bucket-owner"] == "123456789012"
