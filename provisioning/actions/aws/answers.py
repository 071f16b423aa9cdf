"""What a Lambda function's answer means. Pure.

An HTTP 200 from Lambda says only that the function ran. After a refused call (errors.py), an
error can hide in three more places, looked at in this order: the function crashed, the function
says itself that it failed, the answer is not what was agreed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from pydantic import JsonValue

from provisioning.actions.aws import payloads
from provisioning.actions.aws.causes import BY_CODE
from provisioning.actions.base import ActionError, Outcome, Permanent, Transient, Unknown
from provisioning.actions.text import bounded, fit

#: An answer longer than this, in bytes, is looked at but not kept.
KEPT_BYTES = 256 * 1024
_TAKEN_LATER = (408, 425, 429)
#: The function could not even be loaded: the same code will not load the next time either.
_NOT_LOADED = (
    "Runtime.ImportModuleError",
    "Runtime.HandlerNotFound",
    "Runtime.UserCodeSyntaxError",
    "Runtime.MalformedHandlerName",
    "Runtime.InvalidEntrypoint",
)
_SDK_ERROR = re.compile(r"An error occurred \((\w+)\) when calling the \w+ operation")


@dataclass(frozen=True, slots=True)
class Answer:
    """The parts of Lambda's answer. `log` is the decoded tail, already bounded and redacted."""

    status: int
    payload: bytes
    function_error: str = ""
    log: str = ""
    executed_version: str = ""
    request_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Agreed:
    """What counts as success, and whether a failed call may be repeated."""

    function: str
    status_code_below: int = 400
    has: Sequence[str] = ()
    repeatable: bool = False


def outcome_of(answer: Answer, agreed: Agreed) -> Outcome:
    """The outcome of a call that was waited for. Raises Transient, Permanent or Unknown."""
    payload, is_json = payloads.parsed(answer.payload)
    if answer.function_error:
        _raise_crash(payload, answer, agreed)
    if not is_json:
        _raise(Permanent, "answer_not_json", "answered something that is not JSON", answer, agreed)
    body = payloads.body(payload)
    code = payloads.status_code(payload)
    _refuse_failure(payload, body, code, (answer, agreed))
    view = {"payload": payload, "body": body, "status_code": code}
    missing = [path for path in agreed.has if not payloads.has(view, path)]
    if missing:
        what = f"answered without {', '.join(missing)}, which the rule expects"
        _raise(Permanent, "answer_incomplete", what, answer, agreed)
    return Outcome(_output(view, answer), answer.request_ids, answer.status, answer.log)


def _refuse_failure(
    payload: JsonValue, body: JsonValue, code: int | None, call: tuple[Answer, Agreed]
) -> None:
    answer, agreed = call
    too_high = code is not None and code >= agreed.status_code_below
    not_ok = isinstance(body, dict) and body.get("ok") is False
    if not (too_high or not_ok or payloads.says_failure(payload)):
        return
    told = body if too_high and payloads.reason(body) else payload
    failure = _Failure(
        code if too_high else None, payloads.reason(told) or payloads.reason(body), _code_in(told)
    )
    _raise_declared(failure, answer, agreed)


@dataclass(frozen=True, slots=True)
class _Failure:
    """A failure in the function's own words: its statusCode, its reason, an AWS error code."""

    status_code: int | None
    reason: str
    aws_code: str


def _code_in(told: JsonValue) -> str:
    """The AWS error a function passes on: by its code alone, or in the words of the AWS SDK."""
    if isinstance(told, dict):
        for name in ("error", "errorType", "code"):
            if isinstance(told.get(name), str) and told[name] in BY_CODE:
                return str(told[name])
    found = _SDK_ERROR.search(payloads.reason(told))
    return found.group(1) if found is not None and found.group(1) in BY_CODE else ""


def _raise_declared(failure: _Failure, answer: Answer, agreed: Agreed) -> NoReturn:
    """The function says that it failed. That is an answer, so the state is not unknown."""
    code = failure.status_code
    what = f"answered {code}" if code is not None else "says that it failed"
    later = code in _TAKEN_LATER or (agreed.repeatable and code is not None and code >= 500)
    if failure.aws_code and BY_CODE[failure.aws_code].kind is Permanent:
        later = False
    _raise(
        Transient if later else Permanent,
        failure.aws_code or f"function_answered_{code or 'failure'}",
        f"{what}: {failure.reason or 'it gives no reason'}",
        answer,
        agreed,
        hint=_FUNCTION_HINTS.get(failure.aws_code, ""),
    )


_FUNCTION_HINTS = {
    "NoSuchBucket": "Create the bucket the function writes to, or change the rule.",
    "AccessDenied": "Grant the function's own role what it needs, then replay.",
    "AccessDeniedException": "Grant the function's own role what it needs, then replay.",
}


def _raise_crash(payload: JsonValue, answer: Answer, agreed: Agreed) -> NoReturn:
    error = payload if isinstance(payload, dict) else {}
    kind_name = str(error.get("errorType") or "")
    message = str(error.get("errorMessage") or payload or "no message")
    timed_out = kind_name == "Sandbox.Timedout" or "Task timed out after" in message
    group = "function_timed_out" if timed_out else f"function_error_{kind_name or 'Unhandled'}"
    what = f"ran out of time: {message}" if timed_out else f"failed: {kind_name} {message}"
    kind: type[ActionError] = Permanent
    if timed_out or (kind_name.startswith("Runtime.") and kind_name not in _NOT_LOADED):
        kind = Transient if agreed.repeatable else Unknown
    _raise(kind, bounded(group, 80), what, answer, agreed)


def _raise(
    kind: type[ActionError],
    group: str,
    what: str,
    answer: Answer,
    agreed: Agreed,
    *,
    hint: str = "",
) -> NoReturn:
    raw = fit(answer.payload[: 16 * 1024].decode("utf-8", "replace"))
    raise kind(
        group,
        fit(f"The function {agreed.function} {what}", 1000).rstrip(". ") + ".",
        hint=hint or _HINTS[kind],
        http_status=answer.status,
        request_ids=answer.request_ids,
        detail={"answer": raw, "log": answer.log},
    )


_HINTS: dict[type[ActionError], str] = {
    Permanent: "Repair the function, its target or the rule, then replay this step.",
    Transient: "",
    Unknown: "Look at what the function was to do, then decide whether it was done.",
}


def _output(view: dict[str, JsonValue], answer: Answer) -> dict[str, Any]:
    """All outputs, also the empty ones: a template may name each of them."""
    kept: dict[str, Any] = {**view, "left_out": None}
    if len(answer.payload) > KEPT_BYTES:
        note = f"The answer has {len(answer.payload)} bytes and was not kept."
        kept |= {"payload": None, "body": None, "left_out": note}
    return {**kept, "executed_version": answer.executed_version}
