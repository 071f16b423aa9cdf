"""Rows from outside as pages may show them: their texts without secrets."""

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Model

from portal.masking import masked_text

M = TypeVar("M", bound=Model)

#: Columns whose text somebody else wrote.
EVENT_TEXTS = (
    "event_type", "display_message", "severity", "result", "actor_id", "actor_type", "actor_login",
    "person_id", "person_login", "person_name", "transaction_id", "uuid", "error",
)  # fmt: skip
DELIVERY_TEXTS = (
    "detail", "method", "content_type", "source", "user_agent", "envelope_id", "hook",
)  # fmt: skip


def mask_columns(rows: Iterable[M], names: Iterable[str]) -> list[M]:
    """The same rows with these columns masked; they are for showing and must not be saved."""
    names, found = tuple(names), list(rows)
    for row in found:
        for name in names:
            setattr(row, name, masked_text(getattr(row, name)))
    return found
