"""What never enters the trail: what is named like a secret, and known secrets."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

MASK = "•••• (secret)"
_SECRET_NAME = re.compile(
    r"(?i)(pass(word|phrase)?|passwd|secret|token|api[_-]?key|authorization|credential|"
    r"private[_-]?key|cookie|session[_-]?id|recovery|answer)"
)
# Names that only look secret: labels of a secret, counts, and what Okta calls a credential's type.
_HARMLESS_NAME = re.compile(r"(?i)(label|count|type|provider|_at|name)$")
_SECRET_TEXT = re.compile(
    r"(?i)\b(?:(?:bearer|ssws|basic)\s*[A-Za-z0-9._~+/=-]{16,}|xox[abeprs]-[A-Za-z0-9-]{8,}"
    r"|AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]+)"
)


#: One of these is in every text that _SECRET_TEXT finds, as long as the text is ASCII.
_MARKS = ("bearer", "ssws", "basic", "xox", "akia", "asia", "eyj")


@lru_cache(maxsize=1_000)
def is_secret_name(name: str) -> bool:
    return bool(_SECRET_NAME.search(name)) and not _HARMLESS_NAME.search(name)


def redact_text(text: str, known: Iterable[str] = ()) -> str:
    """The text without tokens: those in a known form, and each of the `known` values."""
    for secret in known:
        if len(secret) >= 6:
            text = text.replace(secret, MASK)
    if text.isascii():
        lower = text.lower()
        for mark in _MARKS:
            if mark in lower:
                break
        else:
            return text
    return _SECRET_TEXT.sub(MASK, text)


def redact(value: Any, known: Iterable[str] = ()) -> Any:
    """A copy with every secret replaced by a mask that does not tell its length."""
    known = tuple(known)
    if isinstance(value, dict):
        return {
            key: MASK if is_secret_name(str(key)) and item else redact(item, known)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(item, known) for item in value]
    if isinstance(value, str):
        return redact_text(value, known)
    return value
