"""Create a folder in S3 once: a zero-byte object whose key ends in a slash.

Takes    {"body": {"bucket_name": "team-folders", "folder_name": "marketing-Ada Example"}};
         the body may also be that object as JSON text, as a function URL sends it.
Answers  {"statusCode": 200, "body": "<JSON text>"}; the text holds message, bucket, folder and
         created (false when the folder was there already), or message and error.
Status   400 the input is wrong, 403 no permission, 404 no such bucket, 503 try again later.
"""

import json
import re
import unicodedata
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

MAX_KEY_BYTES = 1024
BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
#: One try here: whoever invokes the function decides about the next.
CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=5)
#: S3 error code -> (status to answer, what to tell the caller)
KNOWN_ERRORS = {
    "NoSuchBucket": (404, "The bucket {bucket} does not exist."),
    "AccessDenied": (403, "The function's role may not write {folder} in the bucket {bucket}."),
    "AllAccessDisabled": (403, "The bucket {bucket} is closed to all access."),
    "ConditionalRequestConflict": (503, "Another write to {folder} is going on; try again."),
}


class InvalidInputError(ValueError):
    """The event cannot be used; the message says why."""


def lambda_handler(event: object, context: object) -> dict[str, Any]:
    try:
        bucket, folder = read_input(event)
    except InvalidInputError as error:
        return answer(400, message=str(error), error="InvalidInput")
    try:
        created = create_folder(bucket, folder)
    except ClientError as error:
        return refused(error, bucket, folder)
    except BotoCoreError as error:
        return answer(503, message=f"S3 could not be reached: {error}", error=type(error).__name__)
    message = f"The folder {folder} {'was created' if created else 'existed already'}."
    print(message)  # noqa: T201  # becomes the function's log
    return answer(200, message=message, bucket=bucket, folder=folder, created=created)


def read_input(event: object) -> tuple[str, str]:
    """Bucket name and object key; raises InvalidInputError."""
    body = event.get("body") if isinstance(event, dict) else None
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError as error:
            raise InvalidInputError(f"body is text but not JSON: {error}") from error
    if not isinstance(body, dict):
        raise InvalidInputError("body must be an object with bucket_name and folder_name.")
    bucket, folder = body.get("bucket_name"), body.get("folder_name")
    if not isinstance(bucket, str) or not BUCKET_NAME.fullmatch(bucket):
        raise InvalidInputError("bucket_name must be an S3 bucket name of 3 to 63 characters.")
    if not isinstance(folder, str) or not folder.strip("/ "):
        raise InvalidInputError("folder_name must be text and not empty.")
    return bucket, folder_key(folder)


def folder_key(name: str) -> str:
    """The object key of the folder: composed Unicode, exactly one slash at the end."""
    key = unicodedata.normalize("NFC", name).strip("/ ") + "/"
    if any(unicodedata.category(character) == "Cc" for character in key):
        raise InvalidInputError("folder_name holds a control character.")
    if any(part in ("", ".", "..") for part in key[:-1].split("/")):
        raise InvalidInputError("folder_name holds an empty part, or '.' or '..' as a part.")
    if len(key.encode()) > MAX_KEY_BYTES:
        raise InvalidInputError(f"folder_name is longer than {MAX_KEY_BYTES - 1} bytes.")
    return key


def create_folder(bucket: str, key: str) -> bool:
    """False when the marker was there before; raises botocore's errors."""
    s3 = boto3.client("s3", config=CONFIG)
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=b"", IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] == "PreconditionFailed":
            return False
        raise
    return True


def refused(error: ClientError, bucket: str, folder: str) -> dict[str, Any]:
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if code in KNOWN_ERRORS:
        known_status, text = KNOWN_ERRORS[code]
        return answer(known_status, message=text.format(bucket=bucket, folder=folder), error=code)
    again = status in (408, 429) or status >= 500
    message = f"S3 answered {status} {code} for {folder} in {bucket}."
    return answer(503 if again else status, message=message, error=code)


def answer(status: int, **body: object) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body, ensure_ascii=False),
    }
