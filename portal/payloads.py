"""Bodies of events as they may be shown: whatever bytes came, without secrets."""

import json
from typing import Any

import orjson

from audit.canonical import clean, clean_text
from portal.masking import masked, masked_text


def shown_value(text: str) -> Any:
    """The body as JSON with every secret masked; a text where it is no JSON at all."""
    try:
        return masked(_read(text))
    except (ValueError, RecursionError):
        return masked_text(clean_text(text))


def shown_text(text: str) -> str:
    """The stored text, exactly, unless it holds a secret; then the masked value, indented."""
    try:
        value = _read(text)
    except (ValueError, RecursionError):
        return masked_text(clean_text(text))
    safe = masked(value)
    return text if safe == value else json.dumps(safe, indent=2, ensure_ascii=False)


def _read(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:  # lone surrogates, huge numbers
        return clean(json.loads(text, parse_int=_number, parse_float=str))


def _number(digits: str) -> int | str:
    return int(digits) if len(digits) < 400 else digits
