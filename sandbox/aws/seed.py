"""What AWS holds at first: a bucket, and the functions of examples/lambda with their roles."""

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

from moto.awslambda.models import lambda_backends
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.iam.models import iam_backends
from moto.s3.models import FakeBucket, FakeKey, s3_backends

from sandbox.web import Json, RefusedInputError

ACCOUNT = "123456789012"
REGION = "us-east-1"
BUCKET = "team-folders"
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "lambda"
FUNCTION_TIMEOUT_SECONDS = 10
KEPT_OBJECT_BYTES = 1024 * 1024
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def empty() -> None:
    BackendDict.reset()
    reset_model_data()


def fill() -> None:
    """Adds what is missing; calling it twice changes nothing."""
    if BUCKET not in _buckets():
        create_bucket(BUCKET)
    for folder in sorted(EXAMPLES.glob("*/handler.py")):
        _deploy(folder.parent)


def function_name(folder: Path) -> str:
    """create_s3_folder -> create-s3-folder-function"""
    return folder.name.replace("_", "-") + "-function"


def _deploy(folder: Path) -> None:
    name = function_name(folder)
    backend = lambda_backends[ACCOUNT][REGION]
    if any(function.function_name == name for function in backend.list_functions()):
        return
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(folder / "handler.py", "handler.py")
    backend.create_function(
        {
            "FunctionName": name,
            "Runtime": "python3.12",
            "Handler": "handler.lambda_handler",
            "Role": _role(name, (folder / "policy.json").read_text(encoding="utf-8")),
            "Timeout": FUNCTION_TIMEOUT_SECONDS,
            "Code": {"ZipFile": base64.b64encode(packed.getvalue()).decode()},
        }
    )


def _role(name: str, policy: str) -> str:
    iam = iam_backends[ACCOUNT]["aws"]
    role = iam.create_role(
        role_name=f"{name}-role",
        assume_role_policy_document=json.dumps(TRUST),
        path="/",
        permissions_boundary=None,
        description="Role of an example function",
        tags=[],
        max_session_duration="3600",
    )
    iam.put_role_policy(role.name, "work", policy.replace("BUCKET", BUCKET))
    return str(role.arn)


def _buckets() -> dict[str, FakeBucket]:
    buckets: dict[str, FakeBucket] = s3_backends[ACCOUNT]["aws"].buckets
    return buckets


def create_bucket(name: str) -> None:
    """Raises RefusedInputError when S3 would refuse the name or has it already."""
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789.-")
    if not 3 <= len(name) <= 63 or not set(name) <= allowed or not name[0].isalnum():
        raise RefusedInputError(
            f"{name!r} is no bucket name; use 3 to 63 lower-case letters, digits, dots, hyphens."
        )
    if name in s3_backends.bucket_accounts:
        raise RefusedInputError(f"The bucket {name} exists already.")
    s3_backends[ACCOUNT]["aws"].create_bucket(name, REGION)


def delete_bucket(name: str) -> None:
    """Bucket and content; raises RefusedInputError when there is none of that name."""
    if name not in _buckets():
        raise RefusedInputError(f"There is no bucket {name}.")
    _buckets()[name].keys.clear()
    s3_backends[ACCOUNT]["aws"].delete_bucket(name)


def list_objects() -> dict[str, list[Json]]:
    """Bucket name -> [{key, size, modified}] in the order of the keys."""
    return {
        name: [
            {"key": key.name, "size": key.size, "modified": key.last_modified.isoformat()}
            for key in _keys(bucket)
        ]
        for name, bucket in sorted(_buckets().items())
    }


def _keys(bucket: FakeBucket) -> Iterator[FakeKey]:
    for _, key in sorted(bucket.keys.items()):
        if isinstance(key, FakeKey):
            yield key


def dump_buckets() -> Json:
    """Bucket -> key -> content in base64; objects over 1 MB are left out."""
    return {
        name: {
            key.name: base64.b64encode(key.value).decode()
            for key in _keys(bucket)
            if key.size <= KEPT_OBJECT_BYTES
        }
        for name, bucket in list(_buckets().items())
    }


def load_buckets(data: Json) -> None:
    """Buckets and objects as they were dumped, in place of what is there."""
    for name in list(_buckets()):
        delete_bucket(name)
    for name, objects in data.items():
        create_bucket(name)
        for key, content in objects.items():
            s3_backends[ACCOUNT]["aws"].put_object(name, key, base64.b64decode(content))
