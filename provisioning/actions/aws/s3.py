"""`aws.s3.create_folder`: a folder in S3 is an empty object whose key ends with `/`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from provisioning.actions.aws import client, keys, names, shapes
from provisioning.actions.aws.errors import Call, request_ids, translated
from provisioning.actions.aws.seeing import response_of, see
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
    never_undone: ClassVar[str] = "It was not this step that made the folder, or it was not empty."
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

    def undo(
        self,
        params: CreateFolderParams,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        output: Mapping[str, Any],
    ) -> tuple[str, dict[str, Any]] | None:
        """Delete the marker, if this step made it and it is empty and as it was."""
        made = output.get("created") is True and before.get("object") == "missing"
        if not made or after.get("bytes") != 0 or not after.get("etag"):
            return None
        undone = {"bucket": params.bucket, "key": params.key, "etag": str(after["etag"])}
        if params.expected_owner is not None:
            undone["expected_owner"] = params.expected_owner
        return "aws.s3.delete_folder", undone

    def problems(self, params: CreateFolderParams) -> Sequence[str]:
        owner = params.expected_owner
        found = [*keys.bucket_problems(params.bucket), *keys.key_problems(params.key)]
        if owner is not None and not (len(owner) == 12 and owner.isascii() and owner.isdigit()):
            found.append(f"The expected owner is {owner[:40]!r}; an AWS account has 12 digits.")
        return found or shapes.problems("s3", "PutObject", _marker(params))


def _put(s3: "S3Client", params: CreateFolderParams) -> Outcome:
    refused = client.failures()[0]
    try:
        answer = s3.put_object(**_marker(params))
    except refused as error:
        # 412: somebody made it since we looked. IfNoneMatch keeps theirs as it is.
        meta = response_of(error).get("ResponseMetadata", {})
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
