"""Storing deliveries with their events and audit entries, by one statement in one commit.

The statement takes lists, so that it stores what many callers brought as cheaply as what one did.
An event is stored once whoever brings it: its uuid is unique.
"""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
from psycopg.types.json import Json

from audit import trail
from provisioning import failpoints


@dataclass(frozen=True, slots=True)
class Bundle:
    """One delivery, its events and its audit entries, each a part of a JSON list."""

    code: str
    event_count: int
    delivery: bytes
    events: bytes
    entries: bytes


_DELIVERY = (
    ("code", "text"), ("received_at", "timestamptz"), ("outcome", "text"), ("reason", "text"),
    ("detail", "text"), ("status", "int"), ("method", "text"), ("content_type", "text"),
    ("source", "text"), ("user_agent", "text"), ("secret_label", "text"), ("envelope_id", "text"),
    ("hook", "text"), ("size", "int"), ("digest", "bytea"), ("event_count", "int"),
    ("request_id", "text"),
)  # fmt: skip
_EVENT = (
    ("delivery_code", "text"), ("code", "text"), ("uuid", "text"), ("channel", "text"),
    ("event_type", "text"), ("published_at", "timestamptz"), ("received_at", "timestamptz"),
    ("severity", "text"), ("display_message", "text"), ("result", "text"), ("actor_id", "text"),
    ("actor_type", "text"), ("actor_login", "text"), ("person_id", "text"),
    ("person_login", "text"), ("person_name", "text"), ("transaction_id", "text"),
    ("lane", "text"), ("body", "text"), ("digest", "bytea"), ("state", "text"),
    ("error_code", "text"), ("error", "text"),
)  # fmt: skip


def _names(columns: Sequence[tuple[str, str]], prefix: str = "") -> str:
    return ", ".join(prefix + name for name, _ in columns)


def _rows(columns: Sequence[tuple[str, str]]) -> str:
    # One JSON list for each table: an array for each column costs three times as much to send.
    typed = ", ".join(f"{name} {kind}" for name, kind in columns)
    return f"json_to_recordset(%b::json) AS t ({typed})"


#: As they travel: the canonical bytes are UTF-8, so they need no detour over hexadecimal digits.
_ENTRY = tuple((name, "text" if name == "canonical" else kind) for name, kind in trail.COLUMNS)
# Only of what is stored now: an event may be known, and a bundle whose answer was lost comes again.
_ENTRIES = f"""
    SELECT {_names(_ENTRY).replace("canonical", "convert_to(canonical, 'UTF8') AS canonical")}
    FROM {_rows(_ENTRY)}
    WHERE object_id IN (SELECT code FROM delivered) OR object_id IN (SELECT code FROM stored)
"""  # noqa: S608 - built from constants
SQL = f"""
WITH call AS (
    SELECT nextval('provisioning_delivery_id_seq') AS id, t.* FROM {_rows(_DELIVERY)}
), stored AS (
    INSERT INTO provisioning_event (
        {_names(_EVENT[1:])}, delivery_id, due_at, fence, attempts, lost_claims, run_count,
        settled_at)
    SELECT {_names(_EVENT[1:], "t.")}, call.id,
        clock_timestamp(),  -- a host whose clock is ahead must not make anything wait
        0, 0, 0, 0, CASE WHEN t.state = 'quarantined' THEN t.received_at END
    FROM {_rows(_EVENT)}
    JOIN call ON call.code = t.delivery_code
    ORDER BY t.uuid  -- the same order for everybody, so that two calls cannot block each other
    ON CONFLICT (uuid) DO NOTHING
    RETURNING delivery_id, code, state
), counted AS (
    SELECT delivery_id, count(*) AS stored,
        count(*) FILTER (WHERE state = 'quarantined') AS quarantined
    FROM stored GROUP BY delivery_id
), delivered AS (
    INSERT INTO provisioning_delivery (
        id, {_names(_DELIVERY)}, stored_count, quarantined_count)
    SELECT call.id, {_names(_DELIVERY, "call.")},
        coalesce(counted.stored, 0), coalesce(counted.quarantined, 0)
    FROM call LEFT JOIN counted ON counted.delivery_id = call.id
    ON CONFLICT (code) DO NOTHING
    RETURNING code, stored_count
), told AS (
    {trail.insert_sql_from("(" + _ENTRIES + ") AS entry")}
)
SELECT code, stored_count FROM delivered
"""  # noqa: S608 - built from constants


def bundle(
    delivery: dict[str, Any],
    events: Sequence[dict[str, Any]],
    entries: Iterable[trail.Row],
) -> Bundle:
    """`entries` are about the delivery or one of the events, by its code."""
    told = [
        {
            **dict(zip(_ENTRY_NAMES, row.values, strict=True)),
            "canonical": row.values[_CANONICAL].decode(),
        }
        for row in entries
    ]
    return Bundle(delivery["code"], len(events), _part([delivery]), _part(events), _part(told))


_ENTRY_NAMES = [name for name, _ in trail.COLUMNS]
_CANONICAL = _ENTRY_NAMES.index("canonical")


def _part(rows: Sequence[dict[str, Any]]) -> bytes:
    """JSON objects with commas between them."""
    return orjson.dumps(rows)[1:-1]


def binary(value: bytes | None) -> str | None:
    """How bytes travel in JSON."""
    return None if value is None else rf"\x{value.hex()}"


def store(connection: "psycopg.Connection[Any]", bundles: Sequence[Bundle]) -> dict[str, int]:
    """Store all of it in one transaction; how many new events each delivery brought.

    Raises psycopg.Error, and then nothing is stored. Storing a bundle again changes nothing.
    """
    failpoints.reach("accept.before_tx")
    # One statement commits by itself, without two more round trips. Only a failpoint between
    # the rows and their commit needs a transaction to stand in.
    whole = connection.transaction() if failpoints.ARMED else nullcontext()
    with whole, connection.cursor() as cursor:
        cursor.execute(SQL, _parameters(bundles), prepare=True)
        stored = dict(cursor.fetchall())
        failpoints.reach("accept.after_rows")
    failpoints.reach("accept.after_commit")
    return stored


def _parameters(bundles: Sequence[Bundle]) -> list[Json]:
    parts = (
        [bundle.delivery for bundle in bundles],
        [bundle.events for bundle in bundles if bundle.events],
        [bundle.entries for bundle in bundles],
    )
    return [Json(b"[" + b",".join(part) + b"]", dumps=_as_it_is) for part in parts]


def _as_it_is(text: bytes) -> bytes:
    return text
