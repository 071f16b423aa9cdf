"""Looking for an object in S3, and for whatever lies under its key."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provisioning.actions.aws import client
from provisioning.actions.aws.errors import request_ids
from provisioning.actions.base import Look

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


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
        if response_of(error).get("ResponseMetadata", {}).get("HTTPStatusCode") not in (403, 404):
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
        response = response_of(error)
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


def response_of(error: BaseException) -> Mapping[str, Any]:
    response: Mapping[str, Any] = getattr(error, "response", {})
    return response
