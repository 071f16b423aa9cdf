"""What AWS answers, in plain words and in our three classes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from provisioning.actions.aws import client
from provisioning.actions.aws.causes import BY_CODE, cause_for_class, cause_for_status
from provisioning.actions.base import ActionError, Permanent, Transient
from provisioning.actions.text import fit

_ROLE = "assume the configured role"
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired")


@dataclass(frozen=True, slots=True)
class Call:
    """What is being called, for the sentence and the class of an error.

    `doing` follows "to", such as `create the folder a/`. `repeatable`: a lost answer may be
    followed by another try, because the call only reads or the target is looked at first.
    `words` fill the sentences of the table: target, bucket.
    """

    doing: str
    repeatable: bool
    run: str = ""
    words: Mapping[str, str] = field(default_factory=dict)

    def fill(self, sentence: str) -> str:
        known = {"target": "What was asked for", "bucket": "that is used", "doing": self.doing}
        return sentence.format_map({**known, **self.words})


@contextmanager
def translated(call: Call) -> Iterator[None]:
    """Turn botocore's errors inside the block into Transient, Permanent or Unknown."""
    try:
        yield
    except client.failures() as error:
        response = getattr(error, "response", None)
        if not isinstance(response, Mapping):
            raise _without_answer(error, call) from error
        if getattr(error, "operation_name", "") == "AssumeRole":
            raise _role_refused(response, call) from error
        raise from_answer(response, call) from error


def from_answer(response: Mapping[str, Any], call: Call) -> ActionError:
    """The error for an answer with an error in it; `response` is botocore's parsed form."""
    problem, meta = response.get("Error", {}), response.get("ResponseMetadata", {})
    code = str(problem.get("Code") or "Unknown")
    status = meta.get("HTTPStatusCode")
    if code in _EXPIRED:
        client.forget(call.run)
    cause = BY_CODE.get(code) or cause_for_status(status, repeatable=call.repeatable)
    error = cause.kind(
        code,
        call.fill(cause.message),
        hint=call.fill(cause.hint),
        http_status=status,
        request_ids=request_ids(meta),
        detail={"service_message": fit(str(problem.get("Message", "")), 1000)},
    )
    return error.after(_retry_after(response)) if isinstance(error, Transient) else error


def _role_refused(response: Mapping[str, Any], call: Call) -> ActionError:
    """Before anything was done for the step, the role could not be assumed."""
    error = from_answer(response, replace(call, doing=_ROLE, repeatable=True))
    if isinstance(error, Permanent):
        error.hint = (
            "Check AWS_ROLE_ARN and AWS_EXTERNAL_ID; the role's trust policy has to allow "
            "sts:AssumeRole and sts:SetSourceIdentity to the worker."
        )
    return error


def request_ids(meta: Mapping[str, Any]) -> tuple[str, ...]:
    """The request id and, for S3, the extended one (HostId), as AWS support asks for them."""
    found = (meta.get("RequestId"), meta.get("HostId"))
    return tuple(str(value) for value in found if value)


def _retry_after(response: Mapping[str, Any]) -> float | None:
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    named = (response.get("retryAfterSeconds"), response.get("RetryAfterSeconds"))
    for value in (*named, headers.get("retry-after")):
        if value is not None and str(value).isdecimal():
            return float(value)
    return None


def _without_answer(error: BaseException, call: Call) -> ActionError:
    cause = cause_for_class(error, repeatable=call.repeatable)
    return cause.kind(
        type(error).__name__,
        call.fill(cause.message),
        hint=call.fill(cause.hint),
        detail={"service_message": fit(str(error), 1000)},
    )
