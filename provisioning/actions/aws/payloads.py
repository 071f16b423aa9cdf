"""Reading the payload of a Lambda function: JSON in JSON, status codes, reasons. Pure."""

import base64
import binascii
import json
from typing import Any

from pydantic import JsonValue

from provisioning.actions.text import fit, storable


def log_tail(encoded: str) -> str:
    """Lambda's LogResult: base64 of the last 4 KB of the log."""
    try:
        text = base64.b64decode(encoded, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        text = encoded
    return fit(text)


def parsed(payload: bytes) -> tuple[JsonValue, bool]:
    if not payload:
        return None, True
    try:
        return storable(json.loads(payload)), True
    except (ValueError, RecursionError):
        return fit(payload[: 64 * 1024].decode("utf-8", "replace")), False


def body(payload: JsonValue) -> JsonValue:
    """The `body` of a proxy-like answer, parsed once more if it is JSON in a string."""
    body = payload.get("body") if isinstance(payload, dict) else None
    if not isinstance(body, str):
        return body
    try:
        return storable(json.loads(body))
    except (ValueError, RecursionError):
        return body


def status_code(payload: JsonValue) -> int | None:
    value = payload.get("statusCode") if isinstance(payload, dict) else None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None


def says_failure(payload: JsonValue) -> bool:
    if not isinstance(payload, dict):
        return False
    named = (payload.get(name) for name in ("errorMessage", "errorType", "error"))
    return payload.get("ok") is False or any(named)


def reason(value: JsonValue) -> str:
    """The words a function gives for a failure; empty when it gives none."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return ""
    for name in ("errorMessage", "message", "error", "detail", "errorType"):
        found = value.get(name)
        if isinstance(found, (dict, list)) and found:
            return json.dumps(found, ensure_ascii=False)
        if isinstance(found, str) and found:
            return found
    return ""


def has(view: dict[str, JsonValue], path: str) -> bool:
    """Whether the dotted path leads somewhere. It begins at the answer, or at body or payload."""
    parts = path.split(".")
    roots = [view.get("payload")] if parts[0] not in ("body", "payload") else [view]
    value: Any = roots[0]
    for part in parts:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return False
    return value is not None
