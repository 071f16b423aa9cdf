"""Faults in front of AWS, and the journal of all calls."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from sandbox.aws.journal import Journal
from sandbox.client import SandboxClient, SandboxRefusedError
from sandbox.server import Sandbox
from tests.support.world import eventually

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client

FUNCTION = "create-s3-folder-function"
PAYLOAD = json.dumps({"body": {"bucket_name": "team-folders", "folder_name": "x"}}).encode()


def _keys(client: SandboxClient) -> list[str]:
    return [item["key"] for item in client.list_objects()["team-folders"]]


def test_dropped_before_means_no_answer_and_no_effect(
    s3: "S3Client", client: SandboxClient
) -> None:
    client.add_fault("s3", "PutObject", drop="before")

    with pytest.raises(ConnectionClosedError):
        s3.put_object(Bucket="team-folders", Key="a/")
    assert _keys(client) == []


def test_dropped_after_means_no_answer_although_it_happened(
    s3: "S3Client", client: SandboxClient
) -> None:
    client.add_fault("s3", "PutObject", drop="after")

    with pytest.raises(ConnectionClosedError):
        s3.put_object(Bucket="team-folders", Key="a/")
    assert _keys(client) == ["a/"]


def test_a_function_whose_answer_is_lost_has_run(
    functions: "LambdaClient", client: SandboxClient
) -> None:
    client.add_fault("lambda", "Invoke", drop="after")

    with pytest.raises(ConnectionClosedError):
        functions.invoke(FunctionName=FUNCTION, Payload=PAYLOAD)
    assert _keys(client) == ["x/"]


def test_a_fault_hits_only_what_it_matches_and_only_so_often(
    s3: "S3Client", client: SandboxClient
) -> None:
    client.add_fault("s3", "PutObject", match={"Key": "b/"}, times=1, status=503)
    s3.put_object(Bucket="team-folders", Key="a/")

    with pytest.raises(ClientError, match="SlowDown"):
        s3.put_object(Bucket="team-folders", Key="b/")
    s3.put_object(Bucket="team-folders", Key="b/")
    assert _keys(client) == ["a/", "b/"]


def test_a_fault_stays_until_it_is_cleared_when_times_is_0(
    s3: "S3Client", client: SandboxClient
) -> None:
    client.add_fault("s3", "PutObject", times=0, status=403)
    for _ in range(3):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.put_object(Bucket="team-folders", Key="a/")
    client.clear_faults()

    s3.put_object(Bucket="team-folders", Key="a/")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "does nothing"),
        ({"status": 700}, "100 to 599"),
        ({"drop": "sideways"}, "'before' or 'after'"),
        ({"status": 500, "speed": 1}, "Unknown fault fields speed"),
        ({"delay": "long"}, "wrong type"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    client: SandboxClient, fields: dict[str, object], sentence: str
) -> None:
    with pytest.raises(SandboxRefusedError, match=sentence):
        client.add_fault("s3", **fields)  # type: ignore[arg-type]  # wrong types are the point


def test_the_journal_tells_call_parameters_key_and_request_id(
    functions: "LambdaClient", client: SandboxClient
) -> None:
    answer = functions.invoke(FunctionName=FUNCTION, Payload=PAYLOAD)

    inner, outer = client.list_aws_calls()
    assert (inner["service"], inner["operation"]) == ("s3", "PutObject")
    assert inner["parameters"]["Key"] == "x/"
    assert inner["parameters"]["IfNoneMatch"] == "*"
    assert inner["access_key"] == "AKIASANDBOXFUNCTION0"
    assert (outer["operation"], outer["status"]) == ("Invoke", 200)
    assert outer["request_id"] == answer["ResponseMetadata"]["RequestId"]
    assert outer["account"] == "123456789012"


def test_the_journal_file_is_complete_at_once_and_holds_no_secrets(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "calls.jsonl")
    journal.add({"service": "x", "operation": "Y", "parameters": {"Password": "p", "Name": "n"}})

    (line,) = (tmp_path / "calls.jsonl").read_text().splitlines()
    assert json.loads(line)["parameters"] == {"Password": "[redacted]", "Name": "n"}
    journal.close()


def test_what_the_stand_in_lacks_is_501_at_once(sandbox: Sandbox) -> None:
    workmail = boto3.client(
        "workmail",
        endpoint_url=sandbox.aws_url,
        region_name="us-east-1",
        aws_access_key_id="AKIASANDBOXPRODUCT00",
        aws_secret_access_key="sandbox",
    )
    with pytest.raises(ClientError, match="NotImplementedByStandIn"):
        workmail.list_organizations()
    (call,) = sandbox.aws.journal.entries()
    assert (call["operation"], call["status"]) == ("ListOrganizations", 501)


def test_keys_of_an_assumed_role_act_in_the_role_s_account(
    sandbox: Sandbox, client: SandboxClient
) -> None:
    sts = boto3.client(
        "sts",
        endpoint_url=sandbox.aws_url,
        region_name="us-east-1",
        aws_access_key_id="AKIASANDBOXPRODUCT00",
        aws_secret_access_key="sandbox",
    )
    keys = sts.assume_role(
        RoleArn="arn:aws:iam::222233334444:role/target", RoleSessionName="run-1"
    )["Credentials"]
    boto3.client(
        "s3",
        endpoint_url=sandbox.aws_url,
        region_name="us-east-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    ).list_buckets()

    assumed, listed = client.list_aws_calls()
    assert assumed["parameters"]["RoleSessionName"] == "run-1"
    assert (listed["account"], listed["access_key"]) == ("222233334444", keys["AccessKeyId"])


def test_a_call_that_waits_while_everything_is_reset_has_no_effect_after_it(
    s3: "S3Client", client: SandboxClient, sandbox: Sandbox
) -> None:
    client.add_fault("s3", "PutObject", delay=0.5)

    with ThreadPoolExecutor() as pool:
        call = pool.submit(s3.put_object, Bucket="team-folders", Key="late/")
        eventually(lambda: not sandbox.faults.listing(), "the call")
        sandbox.reset()
        with pytest.raises(ConnectionClosedError):
            call.result()
    assert _keys(client) == []
    assert client.list_aws_calls("s3", "PutObject") == []
