"""Invoke runs the function's code in a process of its own and answers as Lambda does."""

import base64
import io
import json
import time
import zipfile
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.seed import ACCOUNT
from sandbox.client import SandboxClient
from tests.sandbox.conftest import Json

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

CODE = """
import json, os, sys, time

def answers(event, context):
    print("working on", event)
    return {"echo": event, "name": context.function_name,
            "left": context.get_remaining_time_in_millis()}

def raises(event, context):
    raise KeyError("department")

def sleeps(event, context):
    print("before the sleep", flush=True)
    time.sleep(30)

def leaves(event, context):
    os._exit(3)

def returns_a_set(event, context):
    return {1, 2}

def shows_environment(event, context):
    return dict(os.environ)

def refuses(event, context):
    return {"statusCode": 404, "body": json.dumps({"message": "The bucket is missing."})}

def counts(event, context):
    import boto3
    s3 = boto3.client("s3")
    found = s3.list_objects_v2(Bucket="team-folders").get("Contents", [])
    s3.put_object(Bucket="team-folders", Key=f"try-{len(found)}")
    raise RuntimeError("again")
"""


def _packed(code: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("job.py", code)
    return packed.getvalue()


def _create(functions: "LambdaClient", handler: str, *, timeout: int = 5) -> str:
    name = handler.replace("_", "-")
    functions.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler=f"job.{handler}",
        Role=f"arn:aws:iam::{ACCOUNT}:role/create-s3-folder-function-role",
        Code={"ZipFile": _packed(CODE)},
        Timeout=timeout,
        Environment={"Variables": {"TEAM": "marketing"}},
    )
    return name


def _invoke(functions: "LambdaClient", name: str, event: object = None) -> tuple[Json, Json]:
    """Response and payload."""
    answer = functions.invoke(
        FunctionName=name, LogType="Tail", Payload=json.dumps(event or {}).encode()
    )
    return dict(answer), json.loads(answer["Payload"].read())


def test_layer_1_an_unknown_function_is_refused_before_anything_runs(
    functions: "LambdaClient",
) -> None:
    with pytest.raises(functions.exceptions.ResourceNotFoundException) as refusal:
        functions.invoke(FunctionName="nobody")

    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert refusal.value.response["ResponseMetadata"]["RequestId"]


def test_layer_1_a_payload_that_is_not_json_is_refused(functions: "LambdaClient") -> None:
    name = _create(functions, "answers")

    with pytest.raises(functions.exceptions.InvalidRequestContentException):
        functions.invoke(FunctionName=name, Payload=b"{not json")


def test_layer_1_a_throttle_is_a_fault_of_the_control_endpoint(
    functions: "LambdaClient", client: SandboxClient
) -> None:
    client.add_fault("lambda", "Invoke", status=429)

    with pytest.raises(functions.exceptions.TooManyRequestsException):
        functions.invoke(FunctionName="create-s3-folder-function")


def test_layer_2_a_crash_is_a_200_with_function_error_type_and_trace(
    functions: "LambdaClient",
) -> None:
    answer, payload = _invoke(functions, _create(functions, "raises"))

    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert (payload["errorType"], payload["errorMessage"]) == ("KeyError", "'department'")
    assert payload["stackTrace"]
    assert b"Traceback" in base64.b64decode(answer["LogResult"])


def test_layer_2_a_time_out_is_enforced_and_named(functions: "LambdaClient") -> None:
    name = _create(functions, "sleeps", timeout=1)
    started = time.monotonic()
    answer, payload = _invoke(functions, name)

    assert time.monotonic() - started < 5
    assert (answer["FunctionError"], payload["errorType"]) == ("Unhandled", "Sandbox.Timedout")
    assert "Task timed out after 1.00 seconds" in payload["errorMessage"]
    assert b"before the sleep" in base64.b64decode(answer["LogResult"])


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        ("leaves", "Runtime.ExitError"),
        ("returns_a_set", "Runtime.MarshalError"),
        ("is_missing", "Runtime.HandlerNotFound"),
    ],
)
def test_layer_2_errors_of_the_runtime_have_their_own_types(
    functions: "LambdaClient", handler: str, kind: str
) -> None:
    answer, payload = _invoke(functions, _create(functions, handler))

    assert (answer["FunctionError"], payload["errorType"]) == ("Unhandled", kind)


def test_layer_3_a_refusal_by_the_function_is_a_plain_200(functions: "LambdaClient") -> None:
    answer, payload = _invoke(functions, _create(functions, "refuses"))

    assert "FunctionError" not in answer
    assert payload["statusCode"] == 404
    assert json.loads(payload["body"])["message"] == "The bucket is missing."


def test_layer_4_the_value_comes_back_with_log_and_version(functions: "LambdaClient") -> None:
    answer, payload = _invoke(functions, _create(functions, "answers"), {"person": "Zoë"})

    assert payload["echo"] == {"person": "Zoë"}
    assert payload["name"] == "answers"
    assert 0 < payload["left"] <= 5000
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "working on" in base64.b64decode(answer["LogResult"]).decode()


def test_a_function_sees_its_own_environment_only(
    functions: "LambdaClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "not for functions")
    _, environment = _invoke(functions, _create(functions, "shows_environment"))

    assert environment["TEAM"] == "marketing"
    assert environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert "SLACK_BOT_TOKEN" not in environment
    assert "DATABASE_URL" not in environment


def test_a_dry_run_runs_nothing(functions: "LambdaClient") -> None:
    name = _create(functions, "sleeps", timeout=1)

    assert functions.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"] == 204


def test_an_event_is_accepted_at_once_and_a_failing_one_repeated_twice(
    functions: "LambdaClient", client: SandboxClient
) -> None:
    name = _create(functions, "counts", timeout=10)
    answer = functions.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")

    assert answer["StatusCode"] == 202
    ends = time.monotonic() + 15
    while len(client.list_objects()["team-folders"]) < 3 and time.monotonic() < ends:
        time.sleep(0.1)
    time.sleep(0.5)
    keys = [item["key"] for item in client.list_objects()["team-folders"]]
    assert keys == ["try-0", "try-1", "try-2"]


def test_an_alias_runs_the_version_it_points_to(functions: "LambdaClient") -> None:
    name = _create(functions, "answers")
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    answer = functions.invoke(FunctionName=f"{name}:live", Payload=b"{}")

    assert answer["ExecutedVersion"] == version


def test_a_function_must_have_a_role(functions: "LambdaClient") -> None:
    with pytest.raises(ClientError, match="cannot be assumed"):
        functions.create_function(
            FunctionName="x",
            Runtime="python3.12",
            Handler="job.answers",
            Role=f"arn:aws:iam::{ACCOUNT}:role/nobody",
            Code={"ZipFile": _packed(CODE)},
        )
