"""`aws.s3.delete_folder`: removes an empty folder's marker, and nothing that anybody put there."""

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
    Permanent,
)

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


class DeleteFolderParams(Params):
    bucket: str = Field(
        min_length=1,
        description="Name of the bucket.",
        examples=["team-folders"],
    )
    key: str = Field(
        min_length=1,
        description="Path of the folder in the bucket. A missing / at its end is added.",
        examples=["marketing-{{ user.profile.firstName }} {{ user.profile.lastName }}/"],
    )
    etag: str | None = Field(
        default=None,
        description="ETag that the folder's marker must still have; any, if left out.",
        examples=['"d41d8cd98f00b204e9800998ecf8427e"'],
    )
    expected_owner: str | None = Field(
        default=None,
        description="AWS account that has to own the bucket, 12 digits; otherwise S3 refuses.",
        examples=["123456789012"],
    )


class DeleteFolder(Action[DeleteFolderParams]):
    name: ClassVar[str] = "aws.s3.delete_folder"
    title: ClassVar[str] = "Delete an empty S3 folder"
    summary: ClassVar[str] = (
        "Deletes a folder's marker if it is empty, unchanged, and nothing lies under its path."
    )
    effect: ClassVar[Effect] = Effect.REVOKE
    target_kind: ClassVar[str] = "S3 bucket"
    params = DeleteFolderParams
    outputs: ClassVar[Mapping[str, str]] = {
        "bucket": "Name of the bucket",
        "key": "Key of the folder, ending with /",
        "deleted": "Whether this step deleted it; false if it was gone already",
    }
    read_back: ClassVar[str] = "Reads the folder's marker and lists what lies under its path."
    never_undone: ClassVar[str] = "A folder that was deleted is made anew by its rule."

    def readable(self, params: DeleteFolderParams) -> bool:
        return True

    def look(self, params: DeleteFolderParams, context: Context) -> Look:
        self.refuse_problems(params)
        with translated(_call(params, context, "look for")):
            seen = _seen(client.client("s3", context), params)
        output = {} if seen.done else _output(params, deleted=False)
        return Look(not seen.done, seen.state, output, seen.request_ids)

    def act(self, params: DeleteFolderParams, context: Context) -> Outcome:
        self.refuse_problems(params)
        with translated(_call(params, context, "delete")):
            return _delete(client.client("s3", context), params)

    def longest(self, params: DeleteFolderParams) -> float:
        return 3 * client.LONGEST

    def target(self, params: DeleteFolderParams) -> str:
        return f"s3://{params.bucket}"

    def describe(self, params: DeleteFolderParams) -> str:
        key = keys.folder_key(params.key)
        return f"Delete the empty folder {key} in the bucket {params.bucket}."

    def statements(self, params: DeleteFolderParams) -> Sequence[IamStatement]:
        key = keys.folder_key(params.key)
        marker = names.object_arn(params.bucket, key)
        return (
            IamStatement(("s3:GetObject", "s3:DeleteObject"), (marker,)),
            IamStatement(
                ("s3:ListBucket",),
                (names.bucket_arn(params.bucket),),
                {"StringLike": {"s3:prefix": names.pattern(key)}},
            ),
        )

    def problems(self, params: DeleteFolderParams) -> Sequence[str]:
        owner = params.expected_owner
        found = [*keys.bucket_problems(params.bucket), *keys.key_problems(params.key)]
        if owner is not None and not (len(owner) == 12 and owner.isascii() and owner.isdigit()):
            found.append(f"The expected owner is {owner[:40]!r}; an AWS account has 12 digits.")
        return found or shapes.problems("s3", "DeleteObject", _wanted(params))


def _seen(s3: "S3Client", params: DeleteFolderParams) -> Look:
    """The marker, if it may be deleted. Raises Permanent where somebody has changed something."""
    seen = see(s3, _wanted(params), below=False)
    if not seen.done:
        return seen
    if params.etag is not None and seen.state.get("etag") != params.etag:
        raise _kept("changed", "Its marker is not the one that was made.", seen.request_ids)
    if seen.state.get("bytes") != 0:
        raise _kept("not_empty", "Its marker holds data.", seen.request_ids)
    listed = _listed(s3, params)
    if listed["found"] > 1:
        raise _kept("not_empty", "Something lies in it.", listed["ids"])
    return seen


def _delete(s3: "S3Client", params: DeleteFolderParams) -> Outcome:
    """Look once more, then delete exactly what was seen; IfMatch keeps what came in between."""
    seen = _seen(s3, params)
    if not seen.done:
        return Outcome(_output(params, deleted=False), seen.request_ids)
    refused = client.failures()[0]
    try:
        answer = s3.delete_object(**_wanted(params), IfMatch=str(seen.state["etag"]))
    except refused as error:
        meta = response_of(error).get("ResponseMetadata", {})
        if meta.get("HTTPStatusCode") != 412:
            raise
        raise _kept("changed", "It was changed in this moment.", request_ids(meta)) from None
    meta = answer["ResponseMetadata"]
    return Outcome(_output(params, deleted=True), request_ids(meta), meta["HTTPStatusCode"])


def _listed(s3: "S3Client", params: DeleteFolderParams) -> dict[str, Any]:
    wanted = _wanted(params)
    prefix = wanted.pop("Key")
    page = s3.list_objects_v2(**wanted, Prefix=prefix, MaxKeys=2)
    return {
        "found": len(page.get("Contents", [])),
        "ids": request_ids(page["ResponseMetadata"]),
    }


def _kept(code: str, why: str, ids: Sequence[str]) -> Permanent:
    return Permanent(
        code,
        f"The folder was kept. {why}",
        hint="Look at the folder; whoever put something there may need it.",
        request_ids=ids,
    )


def _wanted(params: DeleteFolderParams) -> dict[str, Any]:
    wanted = {"Bucket": params.bucket, "Key": keys.folder_key(params.key)}
    if params.expected_owner is not None:
        wanted["ExpectedBucketOwner"] = params.expected_owner
    return wanted


def _output(params: DeleteFolderParams, *, deleted: bool) -> dict[str, Any]:
    return {"bucket": params.bucket, "key": keys.folder_key(params.key), "deleted": deleted}


def _call(params: DeleteFolderParams, context: Context, verb: str) -> Call:
    key = keys.folder_key(params.key)
    return Call(
        doing=f"{verb} the folder {key} in the bucket {params.bucket}",
        repeatable=True,
        run=context.run,
        words={"bucket": params.bucket, "target": f"The folder {key}"},
    )
