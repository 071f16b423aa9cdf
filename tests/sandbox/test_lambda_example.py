"""The example function creates a folder once and says what happened."""

import json
from typing import TYPE_CHECKING

import pytest

from sandbox.client import SandboxClient
from tests.sandbox.conftest import Json

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client

FUNCTION = "create-s3-folder-function"


def _create(functions: "LambdaClient", **body: object) -> tuple[int, Json]:
    """statusCode and the parsed body."""
    answer = functions.invoke(FunctionName=FUNCTION, Payload=json.dumps({"body": body}).encode())
    assert not answer.get("FunctionError")
    payload = json.loads(answer["Payload"].read())
    return payload["statusCode"], json.loads(payload["body"])


def test_the_marker_is_a_zero_byte_object_that_ends_in_a_slash(
    functions: "LambdaClient", s3: "S3Client"
) -> None:
    status, body = _create(
        functions, bucket_name="team-folders", folder_name="marketing-Łukasz Żak"
    )

    assert (status, body["created"]) == (200, True)
    assert body["folder"] == "marketing-Łukasz Żak/"
    head = s3.head_object(Bucket="team-folders", Key="marketing-Łukasz Żak/")
    assert head["ContentLength"] == 0


def test_an_existing_folder_is_a_success_that_writes_nothing(
    functions: "LambdaClient", s3: "S3Client"
) -> None:
    s3.put_object(Bucket="team-folders", Key="there/", Body=b"kept")
    status, body = _create(functions, bucket_name="team-folders", folder_name="there")

    assert (status, body["created"]) == (200, False)
    assert s3.get_object(Bucket="team-folders", Key="there/")["Body"].read() == b"kept"


def test_a_missing_bucket_is_404_by_name(functions: "LambdaClient") -> None:
    status, body = _create(functions, bucket_name="no-such-bucket", folder_name="x")

    assert (status, body["error"]) == (404, "NoSuchBucket")
    assert "no-such-bucket does not exist" in body["message"]


@pytest.mark.parametrize(
    ("fault", "status"), [((403, ""), 403), ((503, "SlowDown"), 503), ((409, ""), 503)]
)
def test_what_s3_refuses_is_told_apart(
    functions: "LambdaClient", client: SandboxClient, fault: tuple[int, str], status: int
) -> None:
    client.add_fault("s3", "PutObject", status=fault[0], code=fault[1])

    assert _create(functions, bucket_name="team-folders", folder_name="x")[0] == status
    assert client.list_objects()["team-folders"] == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"folder_name": "x"}, "bucket_name must be"),
        ({"bucket_name": "UPPER", "folder_name": "x"}, "bucket_name must be"),
        ({"bucket_name": "team-folders"}, "folder_name must be"),
        ({"bucket_name": "team-folders", "folder_name": " / "}, "folder_name must be"),
        ({"bucket_name": "team-folders", "folder_name": "a/../b"}, "'..'"),
        ({"bucket_name": "team-folders", "folder_name": "a\x07b"}, "control character"),
        ({"bucket_name": "team-folders", "folder_name": "ü" * 600}, "longer than"),
    ],
)
def test_bad_input_is_400_with_a_sentence(
    functions: "LambdaClient", body: Json, sentence: str
) -> None:
    status, answer = _create(functions, **body)

    assert status == 400
    assert sentence in answer["message"]


def test_two_spellings_of_one_name_are_one_folder(
    functions: "LambdaClient", client: SandboxClient
) -> None:
    for name in ("Zoe\u0308/", "Zo\u00eb"):
        _create(functions, bucket_name="team-folders", folder_name=name)

    assert [item["key"] for item in client.list_objects()["team-folders"]] == ["Zoë/"]
