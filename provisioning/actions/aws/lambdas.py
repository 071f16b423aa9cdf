"""`aws.lambda.invoke`: call a Lambda function once, and find out whether it did its work."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

from pydantic import Field, JsonValue

from provisioning.actions.aws import client, keys, names, payloads, seeing, shapes
from provisioning.actions.aws.answers import Agreed, Answer, outcome_of
from provisioning.actions.aws.errors import Call, request_ids, translated
from provisioning.actions.base import (
    Action,
    Context,
    Effect,
    IamStatement,
    Look,
    Outcome,
    Params,
)

#: Longest payloads, in bytes: 6 MB when waited for, 1 MB otherwise (Lambda's own limits).
_MOST_BYTES = {"RequestResponse": 6 * 1024 * 1024, "Event": 1024 * 1024}
#: Our own patience ends this many seconds after the function's.
_GRACE = 5


class Success(Params):
    status_code_below: int = Field(
        default=400,
        ge=100,
        le=1000,
        description="An answer with a statusCode of this or more is a failure.",
        examples=[400],
    )
    has: list[str] = Field(
        default_factory=list,
        description="Dotted paths the answer has to have, such as body.key.",
        examples=[["body.folder"]],
    )


class ObjectPlace(Params):
    bucket: str = Field(min_length=1, description="Name of the bucket.", examples=["team-folders"])
    key: str = Field(
        min_length=1,
        description="Key of the object that the function makes.",
        examples=["marketing-Maya Lindqvist/"],
    )


class Check(Params):
    s3_object: ObjectPlace = Field(
        description="The work is done when this object is in S3.",
        examples=[{"bucket": "team-folders", "key": "marketing-Maya Lindqvist/"}],
    )


class InvokeParams(Params):
    function: str = Field(
        min_length=1,
        description="Name of the function, name:alias, or its ARN.",
        examples=["create-s3-folder-function"],
    )
    payload: JsonValue = Field(
        default=None,
        description="What the function receives as its event; any JSON.",
        examples=[{"body": {"bucket_name": "team-folders", "folder_name": "marketing-Maya/"}}],
    )
    invocation: Literal["RequestResponse", "Event"] = Field(
        default="RequestResponse",
        description="RequestResponse waits for the answer; Event only hands the work over.",
        examples=["RequestResponse"],
    )
    timeout: int = Field(
        default=30,
        ge=1,
        le=900,
        description="Seconds to wait for the answer; not less than the function's own timeout.",
        examples=[30],
    )
    success: Success = Field(
        default_factory=Success,
        description="What counts as success, besides that the function did not crash.",
        examples=[{"status_code_below": 400, "has": ["body.folder"]}],
    )
    check: Check | None = Field(
        default=None,
        description="How to see at the target whether the work is done. Without it a lost "
        "answer stays unknown until a person decides.",
        examples=[{"s3_object": {"bucket": "team-folders", "key": "marketing-Maya/"}}],
    )


class Invoke(Action[InvokeParams]):
    name: ClassVar[str] = "aws.lambda.invoke"
    title: ClassVar[str] = "Call a Lambda function"
    summary: ClassVar[str] = "Calls a function once and judges its answer."
    effect: ClassVar[Effect] = Effect.UPDATE
    target_kind: ClassVar[str] = "Lambda function"
    params = InvokeParams
    outputs: ClassVar[Mapping[str, str]] = {
        "status_code": "The statusCode in the answer, if there is one",
        "payload": "The whole answer",
        "body": "The answer's body, parsed if it is JSON in a string",
        "executed_version": "The version of the function that ran",
        "left_out": "Why payload and body are empty, when the answer was too long to keep",
    }
    never_undone: ClassVar[str] = "What the function did is not known, so nothing can take it back."
    read_back: ClassVar[str] = (
        "Looks for the object named under check; without a check it cannot be read back."
    )

    def readable(self, params: InvokeParams) -> bool:
        return params.check is not None

    def look(self, params: InvokeParams, context: Context) -> Look:
        self.refuse_problems(params)
        if params.check is None:
            return Look(done=False)
        place = params.check.s3_object
        call = Call(
            doing=f"look for {place.key} in the bucket {place.bucket}",
            repeatable=True,
            run=context.run,
            words={"bucket": place.bucket, "target": f"The object {place.key}"},
        )
        wanted = {"Bucket": place.bucket, "Key": place.key}
        with translated(call):
            found = seeing.see(client.client("s3", context), wanted, below=False)
        if not found.done:
            return found
        output = dict.fromkeys(self.outputs)
        return Look(True, found.state, output, found.request_ids)

    def act(self, params: InvokeParams, context: Context) -> Outcome:
        self.refuse_problems(params)
        call = Call(
            doing=f"call the function {params.function}",
            repeatable=self.readable(params),
            run=context.run,
            words={"target": f"The Lambda function {params.function}"},
        )
        with translated(replace(call, repeatable=True)):
            api = client.client("lambda", context, read_timeout=params.timeout + _GRACE, attempts=1)
        with translated(call):
            raw: Mapping[str, Any] = api.invoke(**_wanted(params))
            answer = _answer(raw)
        if params.invocation == "Event":
            return Outcome(_handed_over(answer), answer.request_ids, answer.status)
        success = params.success
        return outcome_of(
            answer,
            Agreed(params.function, success.status_code_below, success.has, self.readable(params)),
        )

    def longest(self, params: InvokeParams) -> float:
        return client.LONGEST + client.CONNECT_TIMEOUT + params.timeout + _GRACE

    def target(self, params: InvokeParams) -> str:
        return f"lambda:{params.function}"

    def describe(self, params: InvokeParams) -> str:
        if params.invocation == "Event":
            return f"Hand work over to the Lambda function {params.function}, not waiting for it."
        return (
            f"Call the Lambda function {params.function} and wait up to {params.timeout} seconds "
            "for its answer."
        )

    def statements(self, params: InvokeParams) -> Sequence[IamStatement]:
        found = [IamStatement(("lambda:InvokeFunction",), (names.function_arn(params.function),))]
        if params.check is not None:
            place = params.check.s3_object
            key = names.pattern(place.key)
            found += [
                IamStatement(("s3:GetObject",), (names.object_arn(place.bucket, place.key),)),
                IamStatement(
                    ("s3:ListBucket",),
                    (names.bucket_arn(place.bucket),),
                    {"StringLike": {"s3:prefix": key}},
                ),
            ]
        return found

    def problems(self, params: InvokeParams) -> Sequence[str]:
        try:
            size = len(_wanted(params)["Payload"])
        except (ValueError, RecursionError):
            return ["The payload holds a number or text that JSON cannot express."]
        found = shapes.problems("lambda", "Invoke", _wanted(params))
        most = _MOST_BYTES[params.invocation]
        if size > most:
            found.append(f"The payload has {size} bytes; at most {most} are allowed.")
        if params.check is not None:
            found += keys.bucket_problems(params.check.s3_object.bucket)
            wanted = {"Bucket": params.check.s3_object.bucket, "Key": params.check.s3_object.key}
            found += shapes.problems("s3", "HeadObject", wanted)
        return found


def _wanted(params: InvokeParams) -> dict[str, Any]:
    payload = json.dumps(params.payload, allow_nan=False).encode()
    wanted: dict[str, Any] = {
        "FunctionName": params.function,
        "InvocationType": params.invocation,
        "Payload": payload,
    }
    if params.invocation == "RequestResponse":
        wanted["LogType"] = "Tail"
    return wanted


def _answer(raw: Mapping[str, Any]) -> Answer:
    stream = raw.get("Payload")
    meta = raw["ResponseMetadata"]
    return Answer(
        status=int(raw.get("StatusCode") or meta["HTTPStatusCode"]),
        payload=stream.read() if stream is not None else b"",
        function_error=str(raw.get("FunctionError") or ""),
        log=payloads.log_tail(str(raw.get("LogResult") or "")),
        executed_version=str(raw.get("ExecutedVersion") or ""),
        request_ids=request_ids(meta),
    )


def _handed_over(answer: Answer) -> dict[str, Any]:
    return {
        **dict.fromkeys(Invoke.outputs),
        "status_code": answer.status,
        "executed_version": answer.executed_version,
    }
