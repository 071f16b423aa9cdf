"""`aws.s3.create_folder`: a folder in S3 is an empty object whose key ends with `/`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from provisioning.actions.aws import client, keys, names, shapes
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

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


class CreateFolderParams(Params):
    bucket: str = Field(
        min_length=1,
        description="Name of the bucket. It has to exist.",
        examples=["team-folders"],
    )
    key: str = Field(
        min_length=1,
        description="Path of the folder in the bucket. A missing / at its end is added.",
        examples=["marketing-{{ user.profile.firstName }} {{ user.profile.lastName }}/"],
    )
    expected_owner: str | None = Field(
        default=None,
        description="AWS account that has to own the bucket, 12 digits; otherwise S3 refuses.",
        examples=["123456789012"],
    )


class CreateFolder(Action[CreateFolderParams]):
    name: ClassVar[str] = "aws.s3.create_folder"
    title: ClassVar[str] = "Create an S3 folder"
    summary: ClassVar[str] = "Creates a folder in a bucket unless it is there already."
    effect: ClassVar[Effect] = Effect.GRANT
    target_kind: ClassVar[str] = "S3 bucket"
    params = CreateFolderParams
    outputs: ClassVar[Mapping[str, str]] = {
        "bucket": "Name of the bucket",
        "key": "Key of the folder, ending with /",
        "url": "The folder as s3://bucket/key",
        "created": "Whether this step made it; false if it was there already",
    }
    read_back: ClassVar[str] = (
        "Reads the folder's marker, or looks for any object under the folder's path."
    )

    def readable(self, params: CreateFolderParams) -> bool:
        return True

    def look(self, params: CreateFolderParams, context: Context) -> Look:
        self.refuse_problems(params)
        with translated(_call(params, context, "look for")):
            seen = see(client.client("s3", context), _wanted(params), below=True)
        output = _output(params, created=False) if seen.done else {}
        return Look(seen.done, seen.state, output, seen.request_ids)

    def act(self, params: CreateFolderParams, context: Context) -> Outcome:
        self.refuse_problems(params)
        with translated(_call(params, context, "create")):
            s3 = client.client("s3", context)
            return _put(s3, params)

    def longest(self, params: CreateFolderParams) -> float:
        return 2 * client.LONGEST

    def target(self, params: CreateFolderParams) -> str:
        return f"s3://{params.bucket}"

    def describe(self, params: CreateFolderParams) -> str:
        key = keys.folder_key(params.key)
        return f"Create the folder {key} in the bucket {params.bucket}, unless it is there."

    def statements(self, params: CreateFolderParams) -> Sequence[IamStatement]:
        key = keys.folder_key(params.key)
        return (
            IamStatement(("s3:GetObject", "s3:PutObject"), (names.object_arn(params.bucket, key),)),
            IamStatement(
                ("s3:ListBucket",),
                (names.bucket_arn(params.bucket),),
                {"StringLike": {"s3:prefix": names.pattern(key)}},
            ),
        )

    def problems(self, params: CreateFolderParams) -> Sequence[str]:
        owner = params.expected_owner
        found = [*keys.bucket_problems(params.bucket), *keys.key_problems(params.key)]
        if owner is not None and not (len(owner) == 12 and owner.isascii() and owner.isdigit()):
            found.append(f"The expected owner is {owner[:40]!r}; an AWS account has 12 digits.")
        return found or shapes.problems("s3", "PutObject", _marker(params))


def see(s3: "S3Client", wanted: Mapping[str, Any], *, below: bool) -> Look:
    """Look for the object `wanted` names; with `below`, anything under its key counts too.

    HeadObject answers 404 for a missing key, and 403 where `s3:ListBucket` is not granted, so the
    listing decides. A missing bucket is no error of looking: it is what was seen, and `act` will
    say so. Raises botocore's errors.
    """
    refused = client.failures()[0]
    try:
        head = s3.head_object(**wanted)
    except refused as error:
        if _response(error).get("ResponseMetadata", {}).get("HTTPStatusCode") not in (403, 404):
            raise
        return _list(s3, dict(wanted), below=below)
    state = {"object": "there", "bytes": head["ContentLength"], "etag": head.get("ETag", "")}
    return Look(True, state, request_ids=request_ids(head["ResponseMetadata"]))


def _list(s3: "S3Client", wanted: dict[str, Any], *, below: bool) -> Look:
    key = wanted.pop("Key")
    refused = client.failures()[0]
    try:
        page = s3.list_objects_v2(**wanted, Prefix=key, MaxKeys=1)
    except refused as error:
        response = _response(error)
        if response.get("Error", {}).get("Code") != "NoSuchBucket":
            raise
        ids = request_ids(response.get("ResponseMetadata", {}))
        return Look(False, {"bucket": "missing"}, request_ids=ids)
    first = next((item["Key"] for item in page.get("Contents", [])), None)
    state = {"object": "there" if first == key else "missing"}
    if below:
        state["below"] = "objects" if first is not None else "nothing"
    done = first == key or (below and first is not None)
    return Look(done, state, request_ids=request_ids(page["ResponseMetadata"]))


def _response(error: BaseException) -> Mapping[str, Any]:
    response: Mapping[str, Any] = getattr(error, "response", {})
    return response


def _put(s3: "S3Client", params: CreateFolderParams) -> Outcome:
    refused = client.failures()[0]
    try:
        answer = s3.put_object(**_marker(params))
    except refused as error:
        # 412: somebody made it since we looked. IfNoneMatch keeps theirs as it is.
        meta = _response(error).get("ResponseMetadata", {})
        if meta.get("HTTPStatusCode") != 412:
            raise
        return Outcome(_output(params, created=False), request_ids(meta), 412)
    meta = answer["ResponseMetadata"]
    return Outcome(_output(params, created=True), request_ids(meta), meta["HTTPStatusCode"])


def _wanted(params: CreateFolderParams) -> dict[str, Any]:
    wanted = {"Bucket": params.bucket, "Key": keys.folder_key(params.key)}
    if params.expected_owner is not None:
        wanted["ExpectedBucketOwner"] = params.expected_owner
    return wanted


def _marker(params: CreateFolderParams) -> dict[str, Any]:
    return {
        **_wanted(params),
        "Body": b"",
        "ContentType": "application/x-directory",
        "IfNoneMatch": "*",
    }


def _output(params: CreateFolderParams, *, created: bool) -> dict[str, Any]:
    key = keys.folder_key(params.key)
    return {
        "bucket": params.bucket,
        "key": key,
        "url": f"s3://{params.bucket}/{key}",
        "created": created,
    }


def _call(params: CreateFolderParams, context: Context, verb: str) -> Call:
    key = keys.folder_key(params.key)
    return Call(
        doing=f"{verb} the folder {key} in the bucket {params.bucket}",
        repeatable=True,
        run=context.run,
        words={"bucket": params.bucket, "target": f"The folder {key}"},
    )
