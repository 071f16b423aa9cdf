"""The secrets of the hook endpoint: several at once, each with a label, so that they can rotate."""

import hmac
from collections.abc import Iterable
from functools import lru_cache


@lru_cache(maxsize=8)
def secrets(text: str) -> tuple[tuple[str, bytes], ...]:
    """`label:secret,label:secret` as pairs. A secret may hold colons, but no comma."""
    pairs = (part.strip().partition(":") for part in text.split(",") if part.strip())
    return tuple((label.strip(), secret.strip().encode()) for label, _, secret in pairs if secret)


def matching_label(given: bytes, known: Iterable[tuple[str, bytes]]) -> str | None:
    """The label of the secret that was given. All are compared, in constant time each."""
    found = None
    for label, secret in known:
        if hmac.compare_digest(given, secret):
            found = label
    return found
