"""`aws.lambda.invoke` against the example function, run by the sandbox."""

import json

import pytest
from pytest_django import Settings

from provisioning.actions import registry
from provisioning.actions.aws import lambdas
from provisioning.actions.aws.lambdas import InvokeParams
from provisioning.actions.base import Context, Permanent, Transient, Unknown
from sandbox.server import Sandbox
from tests.provisioning.actions.conftest import use_keys
from tests.provisioning.actions.stub import Scripted, Stub, closed_port_url

ACTION = registry.get("aws.lambda.invoke")
FOLDER = {"bucket_name": "team-folders", "folder_name": "marketing-Maya Lindqvist/"}
CHECK = {"s3_object": {"bucket": "team-folders", "key": "marketing-Maya Lindqvist/"}}


def invoke(**changes: object) -> InvokeParams:
    values = {"function": "create-s3-folder-function", "payload": {"body": FOLDER}}
    return InvokeParams.model_validate({**values, **changes})


def invocations(sandbox: Sandbox) -> int:
    return len(sandbox.aws.journal.entries("lambda", "Invoke"))


def test_the_function_runs_and_its_answer_is_kept(sandbox: Sandbox, context: Context) -> None:
    outcome = ACTION.act(invoke(success={"has": ["body.folder"]}), context)
    assert set(outcome.output) == set(ACTION.outputs)
    assert outcome.output["status_code"] == 200
    assert outcome.output["body"]["folder"] == "marketing-Maya Lindqvist/"
    assert outcome.output["executed_version"] == "$LATEST"
    assert outcome.http_status == 200
    assert outcome.request_ids
    assert "was created" in outcome.log


def test_a_declared_check_shows_whether_it_was_done(sandbox: Sandbox, context: Context) -> None:
    before = ACTION.look(invoke(check=CHECK), context)
    ACTION.act(invoke(check=CHECK), context)
    after = ACTION.look(invoke(check=CHECK), context)
    assert (before.done, after.done) == (False, True)
    assert set(after.output) == set(ACTION.outputs)


def test_only_a_declared_check_makes_it_readable() -> None:
    assert ACTION.readable(invoke()) is False
    assert ACTION.readable(invoke(check=CHECK)) is True


def test_a_failure_hidden_in_a_good_answer_fails_the_step(
    sandbox: Sandbox, context: Context
) -> None:
    payload = {"body": {**FOLDER, "bucket_name": "no-such-bucket"}}
    with pytest.raises(Permanent) as caught:
        ACTION.act(invoke(payload=payload), context)
    assert caught.value.http_status == 200
    assert caught.value.code == "NoSuchBucket"
    assert "The bucket no-such-bucket does not exist" in caught.value.message


def test_a_function_that_does_not_exist_is_named(sandbox: Sandbox, context: Context) -> None:
    with pytest.raises(Permanent) as caught:
        ACTION.act(invoke(function="no-such-function"), context)
    assert caught.value.message == "The Lambda function no-such-function does not exist."
    assert caught.value.http_status == 404


def test_an_event_is_only_handed_over(sandbox: Sandbox, context: Context) -> None:
    outcome = ACTION.act(invoke(invocation="Event"), context)
    assert outcome.http_status == 202
    assert set(outcome.output) == set(ACTION.outputs)
    assert outcome.output["payload"] is None
    (call,) = sandbox.aws.journal.entries("lambda", "Invoke")
    assert call["parameters"]["InvocationType"] == "Event"


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_fault_of_lambda_leaves_it_unknown_and_is_not_repeated(
    sandbox: Sandbox, context: Context, status: int
) -> None:
    sandbox.faults.add({"service": "lambda", "status": status, "code": "ServiceException"})
    with pytest.raises(Unknown):
        ACTION.act(invoke(), context)
    assert invocations(sandbox) == 1


def test_a_fault_of_lambda_is_tried_again_where_it_can_be_read_back(
    sandbox: Sandbox, context: Context
) -> None:
    sandbox.faults.add({"service": "lambda", "status": 500, "code": "ServiceException"})
    with pytest.raises(Transient):
        ACTION.act(invoke(check=CHECK), context)
    assert invocations(sandbox) == 1


def test_throttling_names_the_wait(sandbox: Sandbox, context: Context) -> None:
    fault = {"service": "lambda", "status": 429, "headers": {"Retry-After": "7"}}
    sandbox.faults.add(fault)
    with pytest.raises(Transient) as caught:
        ACTION.act(invoke(), context)
    assert caught.value.code == "TooManyRequestsException"
    assert caught.value.retry_after == 7
    assert invocations(sandbox) == 1


def test_a_lost_answer_is_unknown_without_a_check(sandbox: Sandbox, context: Context) -> None:
    sandbox.faults.add({"service": "lambda", "drop": "after"})
    with pytest.raises(Unknown) as caught:
        ACTION.act(invoke(), context)
    assert invocations(sandbox) == 1
    assert "decide" in caught.value.hint


def test_a_lost_answer_with_a_check_is_found_by_looking(sandbox: Sandbox, context: Context) -> None:
    sandbox.faults.add({"service": "lambda", "drop": "after"})
    with pytest.raises(Transient):
        ACTION.act(invoke(check=CHECK), context)
    assert ACTION.look(invoke(check=CHECK), context).done is True


def test_no_answer_in_time_is_unknown_and_called_once(
    context: Context, settings: Settings, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_keys(monkeypatch)
    monkeypatch.setattr(lambdas, "_GRACE", 0)
    settings.AWS_ENDPOINT_URL = stub.url
    stub.answers(Scripted(200, {}, delay=3), Scripted(200, {}))
    with pytest.raises(Unknown) as caught:
        ACTION.act(invoke(timeout=1), context)
    assert caught.value.code == "ReadTimeoutError"
    assert len(stub.asked) == 1


def test_nobody_listening_is_transient(
    sandbox: Sandbox, context: Context, settings: Settings
) -> None:
    settings.AWS_ENDPOINT_URL = closed_port_url()
    with pytest.raises(Transient):
        ACTION.act(invoke(), context)


def test_a_crash_inside_a_good_status_shows_message_and_log(
    sandbox: Sandbox, context: Context, settings: Settings, stub: Stub
) -> None:
    settings.AWS_ENDPOINT_URL = stub.url
    body = {"errorType": "KeyError", "errorMessage": "'bucket'", "stackTrace": []}
    stub.answers(Scripted(200, body, {"X-Amz-Function-Error": "Unhandled"}))
    with pytest.raises(Permanent) as caught:
        ACTION.act(invoke(), context)
    assert (
        caught.value.message == "The function create-s3-folder-function failed: KeyError 'bucket'."
    )
    assert json.loads(caught.value.detail["answer"]) == body


def test_too_long_a_payload_is_refused_with_both_numbers() -> None:
    (problem,) = ACTION.problems(invoke(payload="x" * 1024 * 1024, invocation="Event"))
    assert problem == "The payload has 1048578 bytes; at most 1048576 are allowed."


def test_a_function_name_aws_would_refuse_is_found_offline() -> None:
    (problem,) = ACTION.problems(invoke(function="not a name"))
    assert problem.startswith("Invoke.FunctionName is 'not a name', which does not fit")


def test_the_lease_has_to_outlive_the_function() -> None:
    assert ACTION.longest(invoke(timeout=900)) > 905
