"""Statements over many rows: making them, changing each to values of its own, asking for any.

The rows travel as one JSON text: an array for each column, or a parameter for each value, costs
several times as much to send.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.db import connection, models

from audit.canonical import storable


def insert(
    model: type[models.Model], rows: Iterable[models.Model], *, ignore_conflicts: bool = False
) -> None:
    """Make these rows and give them the keys they got; with `ignore_conflicts` they get none."""
    rows = list(rows)
    if not rows:
        return
    key: Any = model._meta.pk
    made_here = isinstance(key, models.AutoField)
    columns: list[Any] = [
        column for column in model._meta.concrete_fields if not (made_here and column.primary_key)
    ]
    quote = connection.ops.quote_name
    names = ", ".join(quote(column.column) for column in columns)
    sql = (
        f"INSERT INTO {quote(model._meta.db_table)} ({names}) "  # noqa: S608 - names from the model
        f"SELECT {names} FROM json_to_recordset(%s::json) AS new ({_typed(columns)}) "
        + ("ON CONFLICT DO NOTHING" if ignore_conflicts else f"RETURNING {quote(key.column)}")
    )
    values = [{one.column: getattr(row, one.attname) for one in columns} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(sql, [_json(values)])
        if not ignore_conflicts:
            for row, (made,) in zip(rows, cursor.fetchall(), strict=True):
                row.pk = made
                row._state.adding = False


def update(
    model: type[models.Model], rows: Sequence[models.Model], fields: Sequence[str]
) -> set[Any]:
    """Write `fields` of each row by primary key; the keys that were found.

    Values that are JSON are made storable first: PostgreSQL refuses NUL and lone surrogates.
    """
    if not rows:
        return set()
    meta = model._meta
    columns: list[Any] = [meta.pk, *(meta.get_field(name) for name in fields)]
    quote = connection.ops.quote_name
    changes = ", ".join(
        f"{quote(column.column)} = new.{quote(column.column)}" for column in columns[1:]
    )
    key = quote(columns[0].column)
    sql = (
        f"UPDATE {quote(meta.db_table)} AS old SET {changes} "  # noqa: S608 - names from the model
        f"FROM json_to_recordset(%s::json) AS new ({_typed(columns)}) "
        f"WHERE old.{key} = new.{key} RETURNING old.{key}"
    )
    values = [{column.column: _value(row, column) for column in columns} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(sql, [_json(values)])
        return {found for (found,) in cursor.fetchall()}


def _typed(columns: Iterable[Any]) -> str:
    quote = connection.ops.quote_name
    return ", ".join(f"{quote(one.column)} {one.rel_db_type(connection)}" for one in columns)


def _json(values: list[dict[str, Any]]) -> str:
    try:
        return orjson.dumps(values).decode()
    except TypeError:  # integers of more than 64 bits, lone surrogates
        return json.dumps(values, default=str)


def _value(row: models.Model, column: Any) -> Any:
    value = getattr(row, column.attname)
    return storable(value) if isinstance(column, models.JSONField) else value


def any_row(query: str) -> bool:
    """Whether this query of ours, without parameters, finds anything."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({query})")
        (found,) = cursor.fetchone()
    return bool(found)
