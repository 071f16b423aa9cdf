"""Values from outside, cut down to what can be shown and stored."""

import json
from math import isfinite

from pydantic import JsonValue

SHOWN = 500


def json_within(value: JsonValue, limit: int) -> tuple[str, bool]:
    """The JSON text of `value` up to `limit` characters, and whether that is all of it."""
    text = ""
    try:
        for chunk in json.JSONEncoder(ensure_ascii=False).iterencode(value):
            text += chunk
            if len(text) > limit:
                return text[:limit], False
    except RecursionError:
        return text[:limit], False
    return text, True


def storable(text: str) -> str:
    """Without what PostgreSQL's jsonb refuses: NUL and lone surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def shown(value: JsonValue, limit: int = SHOWN) -> JsonValue:
    """`value` as it may be kept in a trace: small, finite, storable. Lists and maps as text."""
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, int) and abs(value) > 2**63:
        return "a very large number"
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return storable(value if len(value) <= limit else value[: limit - 1] + "…")
    text, whole = json_within(value, limit)
    return storable(text if whole else text[: limit - 1] + "…")
