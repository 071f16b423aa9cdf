"""Where an error hides in Lambda's answer, as a table: what came, and what it means."""

import base64
import json
from typing import Any

import pytest

from provisioning.actions.aws.answers import Agreed, Answer, outcome_of
from provisioning.actions.aws.payloads import log_tail
from provisioning.actions.base import ActionError, Permanent, Transient, Unknown

PLAIN = Agreed("make-folder")
READABLE = Agreed("make-folder", repeatable=True)
#: Words of the AWS SDK, as a function passes them on.
NO_BUCKET = (
    "An error occurred (NoSuchBucket) when calling the PutObject operation: "
    "The specified bucket does not exist"
)


def crash(kind: str, message: str = "went wrong") -> Answer:
    payload = {"errorType": kind, "errorMessage": message, "stackTrace": []}
    return Answer(200, json.dumps(payload).encode(), function_error="Unhandled")


def returned(value: Any) -> Answer:
    return Answer(200, json.dumps(value).encode(), executed_version="7", request_ids=("r-1",))


TIMED_OUT = crash("Sandbox.Timedout", "RequestId: 1 Error: Task timed out after 3.00 seconds")
FAILURES: list[tuple[Answer, Agreed, type[ActionError], str]] = [
    # The function crashed or ran out of time.
    (crash("ValueError"), PLAIN, Permanent, "function_error_ValueError"),
    (crash("ValueError"), READABLE, Permanent, "function_error_ValueError"),
    (TIMED_OUT, PLAIN, Unknown, "function_timed_out"),
    (TIMED_OUT, READABLE, Transient, "function_timed_out"),
    (crash("", "2026 abc Task timed out after 3.00 seconds"), PLAIN, Unknown, "function_timed_out"),
    (crash("Runtime.ExitError"), PLAIN, Unknown, "function_error_Runtime.ExitError"),
    (crash("Runtime.ExitError"), READABLE, Transient, "function_error_Runtime.ExitError"),
    (
        crash("Runtime.ImportModuleError"),
        READABLE,
        Permanent,
        "function_error_Runtime.ImportModuleError",
    ),
    (Answer(200, b"", function_error="Unhandled"), PLAIN, Permanent, "function_error_Unhandled"),
    # The function caught it and says so.
    (returned({"statusCode": 400}), PLAIN, Permanent, "function_answered_400"),
    (returned({"statusCode": 404, "body": "nothing"}), PLAIN, Permanent, "function_answered_404"),
    (returned({"statusCode": 429}), PLAIN, Transient, "function_answered_429"),
    (returned({"statusCode": 408}), PLAIN, Transient, "function_answered_408"),
    (returned({"statusCode": 500}), PLAIN, Permanent, "function_answered_500"),
    (returned({"statusCode": 500}), READABLE, Transient, "function_answered_500"),
    (returned({"statusCode": "503"}), READABLE, Transient, "function_answered_503"),
    (returned({"statusCode": 500.0}), READABLE, Transient, "function_answered_500"),
    (returned({"errorMessage": "no"}), PLAIN, Permanent, "function_answered_failure"),
    (returned({"error": {"why": "no"}}), PLAIN, Permanent, "function_answered_failure"),
    (returned({"ok": False}), PLAIN, Permanent, "function_answered_failure"),
    (returned({"statusCode": 200, "body": '{"ok": false}'}), PLAIN, Permanent, "function_answered"),
    (returned({"statusCode": 500, "body": NO_BUCKET}), READABLE, Permanent, "NoSuchBucket"),
    (
        returned({"statusCode": 404, "body": json.dumps({"error": "NoSuchBucket"})}),
        READABLE,
        Permanent,
        "NoSuchBucket",
    ),
    # The answer is not what was agreed.
    (Answer(200, b"<html>"), PLAIN, Permanent, "answer_not_json"),
    (Answer(200, b"\xff\xfe"), PLAIN, Permanent, "answer_not_json"),
    (Answer(200, b"[" * 100_000), PLAIN, Permanent, "answer_not_json"),
    (returned({"body": {}}), Agreed("f", has=["body.key"]), Permanent, "answer_incomplete"),
    (returned({"key": None}), Agreed("f", has=["key"]), Permanent, "answer_incomplete"),
    (returned([]), Agreed("f", has=["0"]), Permanent, "answer_incomplete"),
]


@pytest.mark.parametrize(("answer", "agreed", "kind", "code"), FAILURES)
def test_a_failure_is_recognised_wherever_it_hides(
    answer: Answer, agreed: Agreed, kind: type[ActionError], code: str
) -> None:
    with pytest.raises(ActionError) as caught:
        outcome_of(answer, agreed)
    assert type(caught.value) is kind
    assert caught.value.code.startswith(code)
    assert caught.value.message.startswith(f"The function {agreed.function} ")
    assert caught.value.message.endswith(".")


SUCCESSES: list[tuple[Any, Agreed, dict[str, Any]]] = [
    (None, PLAIN, {"status_code": None, "body": None}),
    ("done", PLAIN, {"payload": "done"}),
    ({"statusCode": 200, "body": '{"key": "a/"}'}, PLAIN, {"body": {"key": "a/"}}),
    ({"statusCode": 200, "body": "plain words"}, PLAIN, {"body": "plain words"}),
    ({"statusCode": "204"}, PLAIN, {"status_code": 204}),
    ({"statusCode": 404}, Agreed("f", status_code_below=500), {"status_code": 404}),
    ({"statusCode": True}, PLAIN, {"status_code": None}),
    ({"statusCode": 200, "error": None, "errorMessage": ""}, PLAIN, {"status_code": 200}),
    ({"body": '{"items": [{"id": 1}]}'}, Agreed("f", has=["body.items.0.id"]), {}),
    ({"result": {"id": 1}}, Agreed("f", has=["result.id", "payload.result"]), {}),
]


@pytest.mark.parametrize(("value", "agreed", "expected"), SUCCESSES)
def test_a_success_keeps_answer_and_version(
    value: Any,
    agreed: Agreed,
    expected: dict[str, Any],
) -> None:
    outcome = outcome_of(returned(value), agreed)
    assert {name: outcome.output[name] for name in expected} == expected
    assert outcome.output["executed_version"] == "7"
    assert outcome.request_ids == ("r-1",)


def test_the_reason_a_function_gives_is_in_the_message() -> None:
    body = json.dumps(
        {"message": "The bucket team-folders does not exist.", "error": "NoSuchBucket"}
    )
    with pytest.raises(Permanent) as caught:
        outcome_of(returned({"statusCode": 404, "body": body}), PLAIN)
    assert caught.value.message == (
        "The function make-folder answered 404: The bucket team-folders does not exist."
    )
    assert caught.value.hint == "Create the bucket the function writes to, or change the rule."


def test_text_that_postgresql_cannot_store_is_replaced() -> None:
    outcome = outcome_of(Answer(200, b'{"a": "x\\u0000y", "b": "\\ud800"}'), PLAIN)
    assert outcome.output["payload"] == {"a": "x\ufffdy", "b": "\ufffd"}


def test_an_answer_too_long_to_keep_is_left_out_but_judged() -> None:
    big = {"statusCode": 200, "body": {"key": "a/", "text": "x" * 300_000}}
    outcome = outcome_of(returned(big), Agreed("f", has=["body.key"]))
    assert outcome.output["payload"] is None
    assert "300" in outcome.output["left_out"]


def test_the_log_is_decoded_bounded_and_without_secrets() -> None:
    log = "START\npassword=hunter22\nAKIAABCDEFGHIJKLMNOP\n" + "x" * 9000
    text = log_tail(base64.b64encode(log.encode()).decode())
    assert text.startswith("START\npassword=[hidden]\n[hidden]\n")
    assert len(text) < 4200


def test_a_log_that_is_not_base64_is_shown_as_it_is() -> None:
    assert log_tail("not base64 at all") == "not base64 at all"
