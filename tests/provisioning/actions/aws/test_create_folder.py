"""`aws.s3.create_folder` against S3 over HTTP."""

import pytest

from provisioning.actions import registry
from provisioning.actions.aws import client
from provisioning.actions.aws.s3 import CreateFolderParams
from provisioning.actions.base import Context, Permanent
from sandbox.server import Sandbox

ACTION = registry.get("aws.s3.create_folder")


def folder(key: str = "marketing-Maya Lindqvist/", **changes: str) -> CreateFolderParams:
    return CreateFolderParams(**{"bucket": "team-folders", "key": key, **changes})


def keys_of(sandbox: Sandbox) -> list[str]:
    calls = sandbox.aws.journal.entries("s3", "PutObject")
    return [call["parameters"]["Key"] for call in calls if call["status"] == 200]


def test_a_missing_folder_is_seen_as_not_there(sandbox: Sandbox, context: Context) -> None:
    look = ACTION.look(folder(), context)
    assert look.done is False
    assert look.state == {"object": "missing", "below": "nothing"}


def test_a_folder_is_made_and_then_seen(sandbox: Sandbox, context: Context) -> None:
    outcome = ACTION.act(folder(), context)
    look = ACTION.look(folder(), context)
    assert outcome.output == {
        "bucket": "team-folders",
        "key": "marketing-Maya Lindqvist/",
        "url": "s3://team-folders/marketing-Maya Lindqvist/",
        "created": True,
    }
    assert outcome.http_status == 200
    assert outcome.request_ids
    assert look.done is True
    assert look.state["bytes"] == 0
    assert look.output == {**outcome.output, "created": False}


def test_a_second_act_changes_nothing_and_says_so(sandbox: Sandbox, context: Context) -> None:
    ACTION.act(folder(), context)
    again = ACTION.act(folder(), context)
    assert again.output["created"] is False
    assert again.http_status == 412
    assert keys_of(sandbox) == ["marketing-Maya Lindqvist/"]


def test_a_folder_with_objects_but_no_marker_is_there(sandbox: Sandbox, context: Context) -> None:
    ACTION.act(folder("team/plans/2026/"), context)
    look = ACTION.look(folder("team/plans/"), context)
    assert look.done is True
    assert look.state == {"object": "missing", "below": "objects"}


def test_a_marker_with_content_is_never_overwritten(sandbox: Sandbox, context: Context) -> None:
    s3 = client.client("s3", context)
    s3.put_object(Bucket="team-folders", Key="theirs/", Body=b"not ours")
    outcome = ACTION.act(folder("theirs/"), context)
    kept = s3.get_object(Bucket="team-folders", Key="theirs/")["Body"].read()
    assert outcome.output["created"] is False
    assert kept == b"not ours"
    assert ACTION.look(folder("theirs/"), context).state["bytes"] == 8


def test_a_folder_whose_name_only_begins_alike_is_not_it(
    sandbox: Sandbox, context: Context
) -> None:
    ACTION.act(folder("marketing-Maya Lindqvist-Berg/"), context)
    assert ACTION.look(folder("marketing-Maya Lindqvist"), context).done is False


def test_a_slash_is_added_and_letters_are_composed(sandbox: Sandbox, context: Context) -> None:
    outcome = ACTION.act(folder("marketing-Ame\u0301lie"), context)
    assert outcome.output["key"] == "marketing-Am\u00e9lie/"


def test_looking_into_a_missing_bucket_sees_that(sandbox: Sandbox, context: Context) -> None:
    look = ACTION.look(folder(bucket="no-such-bucket"), context)
    assert look.done is False
    assert look.state == {"bucket": "missing"}


def test_a_missing_bucket_is_named_in_plain_words(sandbox: Sandbox, context: Context) -> None:
    with pytest.raises(Permanent) as caught:
        ACTION.act(folder(bucket="no-such-bucket"), context)
    assert caught.value.code == "NoSuchBucket"
    assert caught.value.message == "The bucket no-such-bucket does not exist."
    assert caught.value.hint == "Create it or change the rule."
    assert caught.value.http_status == 404
    assert caught.value.request_ids


def test_an_unsafe_key_is_refused_before_any_call(sandbox: Sandbox, context: Context) -> None:
    before = len(sandbox.aws.journal.entries("s3"))
    with pytest.raises(Permanent, match="means another folder"):
        ACTION.act(folder("marketing/../finance/"), context)
    assert len(sandbox.aws.journal.entries("s3")) == before


def test_the_call_names_the_run_in_its_user_agent(sandbox: Sandbox, context: Context) -> None:
    ACTION.act(folder(), context)
    (call,) = sandbox.aws.journal.entries("s3", "PutObject")
    assert f"run/sluice-{context.run}" in call["user_agent"]
