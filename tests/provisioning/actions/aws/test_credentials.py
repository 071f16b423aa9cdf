"""Credentials: a role is assumed once per run, and every call of the run can be traced to it."""

import time
from urllib.parse import parse_qs

import pytest
from pytest_django import Settings

from provisioning.actions import registry
from provisioning.actions.aws import client
from provisioning.actions.aws.s3 import CreateFolderParams
from provisioning.actions.base import Context, Permanent, Transient
from sandbox.server import Sandbox
from tests.provisioning.actions.conftest import new_context, use_keys
from tests.provisioning.actions.stub import Scripted, Stub

ACTION = registry.get("aws.s3.create_folder")
FOLDER = CreateFolderParams(bucket="team-folders", key="a/")
ROLE = "arn:aws:iam::123456789012:role/sluice"


def assumed(sandbox: Sandbox) -> int:
    return len(sandbox.aws.journal.entries("sts", "AssumeRole"))


def sts_answer(key: str = "ASIAEXAMPLEEXAMPLE00") -> Scripted:
    body = (
        "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
        f"<AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
        "<SessionToken>session-token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>"
        "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )
    return Scripted(200, body, {"Content-Type": "text/xml"})


def test_the_role_is_assumed_once_for_all_calls_of_a_run(
    sandbox: Sandbox, context: Context, settings: Settings
) -> None:
    settings.AWS_ROLE_ARN = ROLE
    ACTION.look(FOLDER, context)
    ACTION.act(FOLDER, context)
    ACTION.look(FOLDER, context)
    assert assumed(sandbox) == 1
    keys = {call["access_key"] for call in sandbox.aws.journal.entries("s3")}
    assert len(keys) == 1
    assert keys.pop().startswith("ASIA")


def test_another_run_gets_its_own_session(
    sandbox: Sandbox, context: Context, settings: Settings
) -> None:
    settings.AWS_ROLE_ARN = ROLE
    ACTION.act(FOLDER, context)
    ACTION.act(FOLDER, new_context())
    assert assumed(sandbox) == 2


def test_the_session_says_which_rule_and_run_it_is_for(
    context: Context, settings: Settings, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_keys(monkeypatch)
    settings.AWS_ENDPOINT_URL, settings.AWS_ROLE_ARN = stub.url, ROLE
    settings.AWS_EXTERNAL_ID = "an-external-id"
    stub.answers(sts_answer(), Scripted(200))
    ACTION.act(FOLDER, context)
    form = parse_qs(stub.asked[0].body.decode())
    assert form["RoleSessionName"] == [f"sluice-{context.run}"]
    assert form["SourceIdentity"] == [f"rule-marketing-s3-folder.run-{context.run}"]
    assert form["ExternalId"] == ["an-external-id"]
    assert form["DurationSeconds"] == ["3600"]
    assert stub.asked[1].headers["x-amz-security-token"] == "session-token"


def test_a_role_that_may_not_be_assumed_is_said_to_be_so(
    sandbox: Sandbox, context: Context, settings: Settings
) -> None:
    settings.AWS_ROLE_ARN = ROLE
    fault = {"service": "sts", "status": 403, "code": "AccessDenied", "times": 0}
    sandbox.faults.add(fault)
    with pytest.raises(Permanent) as caught:
        ACTION.act(FOLDER, context)
    assert caught.value.message == "AWS did not allow us to assume the configured role."
    assert "sts:SetSourceIdentity" in caught.value.hint


def test_expired_credentials_are_replaced_on_the_next_try(
    sandbox: Sandbox, context: Context, settings: Settings
) -> None:
    settings.AWS_ROLE_ARN = ROLE
    ACTION.look(FOLDER, context)
    sandbox.faults.add(
        {"service": "s3", "operation": "PutObject", "status": 400, "code": "ExpiredToken"}
    )
    with pytest.raises(Transient):
        ACTION.act(FOLDER, context)
    assert ACTION.act(FOLDER, context).output["created"] is True
    assert assumed(sandbox) == 2


def test_a_session_is_not_kept_until_its_credentials_end(
    sandbox: Sandbox, context: Context, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AWS_ROLE_ARN = ROLE
    ACTION.look(FOLDER, context)
    later = time.monotonic() + 3301
    monkeypatch.setattr("provisioning.actions.aws.client.monotonic", lambda: later)
    ACTION.look(FOLDER, context)
    assert assumed(sandbox) == 2


def test_only_a_few_sessions_are_kept(sandbox: Sandbox) -> None:
    for _ in range(20):
        client.client("s3", new_context())
    assert len(client._local.runs) == 16


def test_a_worker_without_credentials_says_so(
    sandbox: Sandbox, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(Permanent) as caught:
        ACTION.act(FOLDER, context)
    assert caught.value.message == "The worker has no AWS credentials."


def test_the_environment_cannot_send_calls_elsewhere(
    sandbox: Sandbox, context: Context, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stub.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", stub.url)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    monkeypatch.setenv("HTTP_PROXY", stub.url)
    ACTION.act(FOLDER, context)
    assert stub.asked == []
