"""`aws.s3.delete_folder` against S3 over HTTP: only an empty, unchanged marker goes."""

import pytest

from provisioning.actions import registry
from provisioning.actions.aws import client
from provisioning.actions.aws.s3 import CreateFolderParams
from provisioning.actions.aws.s3_delete import DeleteFolderParams
from provisioning.actions.base import Context, Permanent
from sandbox.server import Sandbox

ACTION = registry.get("aws.s3.delete_folder")
CREATE = registry.get("aws.s3.create_folder")
KEY = "marketing-Maya Lindqvist/"


def folder(**changes: str) -> DeleteFolderParams:
    return DeleteFolderParams(**{"bucket": "team-folders", "key": KEY, **changes})


def make(context: Context) -> str:
    """The folder; its ETag."""
    params = CreateFolderParams(bucket="team-folders", key=KEY)
    CREATE.act(params, context)
    return str(CREATE.look(params, context).state["etag"])


def put(context: Context, key: str, body: bytes) -> None:
    client.client("s3", context).put_object(Bucket="team-folders", Key=key, Body=body)


def deletions(sandbox: Sandbox) -> int:
    """Calls that neither read nor put; the journal does not always name a DELETE by itself."""
    others = {"HeadObject", "GetObject", "ListObjects", "ListObjectsV2", "PutObject"}
    return sum(call["operation"] not in others for call in sandbox.aws.journal.entries("s3"))


def is_there(context: Context) -> bool:
    return not ACTION.look(folder(), context).done


def test_an_empty_folder_is_deleted_and_seen_as_gone(sandbox: Sandbox, context: Context) -> None:
    etag = make(context)
    outcome = ACTION.act(folder(etag=etag), context)
    assert outcome.output == {"bucket": "team-folders", "key": KEY, "deleted": True}
    assert outcome.request_ids
    look = ACTION.look(folder(etag=etag), context)
    assert (look.done, look.state["object"]) == (True, "missing")
    assert deletions(sandbox) == 1


def test_what_is_gone_is_not_deleted_again(sandbox: Sandbox, context: Context) -> None:
    look = ACTION.look(folder(), context)
    assert look.done
    assert look.output["deleted"] is False
    assert ACTION.act(folder(), context).output["deleted"] is False
    assert deletions(sandbox) == 0


def test_a_folder_in_which_something_lies_is_kept(sandbox: Sandbox, context: Context) -> None:
    etag = make(context)
    put(context, f"{KEY}plan.txt", b"hers")
    with pytest.raises(Permanent, match="Something lies in it") as caught:
        ACTION.act(folder(etag=etag), context)
    assert caught.value.code == "not_empty"
    with pytest.raises(Permanent, match="Something lies in it"):
        ACTION.look(folder(etag=etag), context)
    assert deletions(sandbox) == 0


def test_a_marker_that_holds_data_is_kept(sandbox: Sandbox, context: Context) -> None:
    put(context, KEY, b"data")
    with pytest.raises(Permanent, match="holds data"):
        ACTION.act(folder(), context)


def test_a_marker_with_another_etag_is_kept(sandbox: Sandbox, context: Context) -> None:
    make(context)
    with pytest.raises(Permanent, match="not the one that was made"):
        ACTION.act(folder(etag='"other"'), context)
    assert is_there(context)


def test_the_policy_names_the_marker_and_nothing_else(context: Context) -> None:
    statements = ACTION.statements(folder())
    assert statements[0].actions == ("s3:GetObject", "s3:DeleteObject")
    assert statements[0].resources == (f"arn:aws:s3:::team-folders/{KEY}",)


def test_undoing_a_folder_needs_that_this_step_made_it_empty() -> None:
    params = CreateFolderParams(bucket="team-folders", key=KEY)
    before, after = {"object": "missing"}, {"object": "there", "bytes": 0, "etag": '"e"'}
    made = {"created": True}
    assert CREATE.undo(params, before, after, made) == (
        "aws.s3.delete_folder",
        {"bucket": "team-folders", "key": KEY, "etag": '"e"'},
    )
    assert CREATE.undo(params, before, after, {"created": False}) is None
    assert CREATE.undo(params, {"object": "there"}, after, made) is None
    assert CREATE.undo(params, before, {**after, "bytes": 4}, made) is None
    assert CREATE.undo(params, before, {}, made) is None
