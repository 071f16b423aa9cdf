"""Paging by key: the next page starts after the last row seen, wherever that row is by then.

The rows have one declared order, a column and the primary key. A cursor names a place in it; it
is text for a URL and means nothing outside its list.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet, TextField

M = TypeVar("M", bound=Model)
_LARGEST = 2**63 - 1


class CursorError(ValueError):
    """The cursor is broken or belongs to another list."""


@dataclass(frozen=True, slots=True)
class Order:
    """`Order("received_at")`: by that column, newest (largest) first, ties by primary key.

    `column` may be "pk". It must not be null. `descending=False` turns both around. `unique` says
    that no two of the listed rows have the same value: an index on the column alone serves then.
    """

    column: str = "pk"
    descending: bool = True
    unique: bool = False

    def names(self, *, backwards: bool = False) -> list[str]:
        sign = "-" if self.descending != backwards else ""
        columns = [self.column] if self.unique or self.column == "pk" else [self.column, "pk"]
        return [f"{sign}{column}" for column in columns]


@dataclass(frozen=True, slots=True)
class Window(Generic[M]):
    """The rows of one page, in the declared order, and whether there are more on either side."""

    rows: Sequence[M]
    has_newer: bool
    has_older: bool


def window(
    rows: QuerySet[M], order: Order, size: int, *, after: str = "", before: str = ""
) -> Window[M]:
    """One query for at most `size` rows after (or before) a cursor; raises CursorError."""
    backwards = bool(before)
    if cursor := before or after:
        rows = rows.filter(beyond(rows.model, order, cursor, backwards=backwards))
    found = list(rows.order_by(*order.names(backwards=backwards))[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    return Window(
        found,
        has_newer=more if backwards else bool(after),
        has_older=True if backwards else more,
    )


def beyond(model: type[Model], order: Order, cursor: str, *, backwards: bool) -> Q:
    """The condition for rows on the far side of the cursor. The first half of it is what an
    index on (column, pk) can be entered by."""
    value, key = read_cursor(model, order, cursor)
    side = "lt" if order.descending != backwards else "gt"
    beyond_key = Q(**{f"pk__{side}": key})
    if order.column == "pk":
        return beyond_key
    beyond_value = Q(**{f"{order.column}__{side}": value})
    if order.unique:
        return beyond_value
    return Q(**{f"{order.column}__{side}e": value}) & (beyond_value | beyond_key)


def cursor_of(row: Model, order: Order) -> str:
    value = getattr(row, order.column)
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    key = str(row.pk).replace("%", "%25").replace("~", "%7E")
    return base64.urlsafe_b64encode(f"{key}~{text}".encode()).decode().rstrip("=")


def read_cursor(model: type[Model], order: Order, cursor: str) -> tuple[Any, Any]:
    """The column's value and the primary key that a cursor names; raises CursorError."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key, _, text = base64.b64decode(padded, b"-_", validate=True).decode().partition("~")
        number = _primary_key(model, key)
        field = model._meta.pk if order.column == "pk" else model._meta.get_field(order.column)
        value = field.to_python(text)  # type: ignore[union-attr]  # a column, never a relation
        if isinstance(value, datetime) and value.tzinfo is not None:
            value = value.astimezone(UTC)  # PostgreSQL knows no offset above 15:59
    except (ValueError, UnicodeError, binascii.Error, ValidationError, OverflowError) as error:
        raise CursorError(cursor) from error
    if not _fits(number) or not _fits(value):
        raise CursorError(cursor)
    return value, number


def _primary_key(model: type[Model], text: str) -> int | str:
    """Of a table with numbers a number, else text; raises ValueError."""
    if not isinstance(model._meta.pk, TextField):
        return int(text)
    return text.replace("%7E", "~").replace("%25", "%")


def _fits(value: object) -> bool:
    """Whether PostgreSQL can hold the value; a cursor made by hand may say anything."""
    if isinstance(value, datetime):
        return value.tzinfo is not None
    if isinstance(value, int):
        return abs(value) <= _LARGEST
    return isinstance(value, str) and "\x00" not in value
