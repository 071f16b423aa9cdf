"""What a page shows of data from outside: the same without secrets."""

from typing import Any

from audit.redaction import redact, redact_text
from audit.secrets import known_secrets


def masked(value: Any) -> Any:
    """A copy of a JSON value in which every secret is a mask."""
    return redact(value, known_secrets())


def masked_text(text: str) -> str:
    return redact_text(text, known_secrets())
