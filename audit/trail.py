"""The only writer of the trail. An entry is part of the caller's transaction: if it cannot be
written, the change it tells of is not made."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection

from audit.canonical import canonical, clean, clean_text
from audit.codes import new_code
from audit.redaction import redact
from audit.secrets import known_secrets
from audit.verbs import VERBS

#: Labels of these name a natural person, so they live beside the log and can be erased.
PERSONAL_KINDS = frozenset({"user", "person"})
OUTCOMES = ("ok", "refused", "failed", "unknown")


class UnknownVerb(ValueError):  # noqa: N818 - reads as what it is
    """The verb is not in the catalogue (`audit.verbs`)."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, from where (`source`: an address, a host, `command`), in which request."""

    kind: str
    id: str
    label: str
    source: str
    request_id: str = field(default_factory=new_code)
    #: The same text for every account of one natural person; empty where there is none behind it.
    person: str = ""

    @property
    def identity(self) -> str:
        """Who it is when people have to differ; never empty."""
        return self.person or f"{self.kind}:{self.id}"

    @property
    def name(self) -> str:
        """What people read of it."""
        return self.label or self.id


@dataclass(frozen=True, slots=True)
class Object:
    """What it was done to."""

    kind: str
    id: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry, ready to be inserted: the values of COLUMNS, and its personal part if any."""

    values: tuple[Any, ...]
    personal: tuple[str, bytes, bytes, str] | None


COLUMNS = (
    ("code", "text"), ("verb", "text"), ("actor_kind", "text"), ("actor_id", "text"),
    ("actor_label", "text"), ("object_kind", "text"), ("object_id", "text"),
    ("object_label", "text"), ("source", "text"), ("request_id", "text"), ("outcome", "text"),
    ("data", "text"), ("canonical", "bytea"), ("pd_commit", "bytea"),
)  # fmt: skip
_NAMES = ", ".join(name for name, _ in COLUMNS)
_SELECT = ", ".join("data::jsonb" if name == "data" else name for name, _ in COLUMNS)


def insert_sql_from(source: str) -> str:
    """The INSERT of whatever rows `source` gives under the names of COLUMNS."""
    return f"INSERT INTO audit.entry ({_NAMES}) SELECT {_SELECT} FROM {source}"  # noqa: S608


_TYPED = ", ".join(f"{name} {kind}" for name, kind in COLUMNS)
_INSERT = insert_sql_from(f"json_to_recordset(%s::json) AS new ({_TYPED})")
_INSERT_WITH_PERSONAL = (
    f"WITH entry AS ({_INSERT} RETURNING id, code) "  # noqa: S608 - constants only
    "INSERT INTO audit.personal (entry_id, salt, canonical, view) "
    "SELECT entry.id, p.salt, p.canonical, p.view::jsonb "
    "FROM unnest(%s::text[], %s::bytea[], %s::bytea[], %s::text[]) "
    "AS p (code, salt, canonical, view) "
    "JOIN entry ON entry.code = p.code"
)


def draft(
    verb: str,
    *,
    actor: Actor,
    obj: Object,
    outcome: str = "ok",
    data: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
) -> Row:
    """An entry as a row, not yet written. `personal` is kept beside the log under a salted hash."""
    if verb not in VERBS:
        raise UnknownVerb(f"No verb called {verb!r}: add it to audit/verbs.py.")
    code = new_code()
    private, actor_label, object_label = _split(actor, obj, personal)
    data = clean(redact(dict(data or {}), known_secrets()))
    body: dict[str, Any] = {
        "v": 1,
        "code": code,
        "time": datetime.now(UTC).isoformat(timespec="microseconds"),
        "verb": verb,
        "actor": {"kind": actor.kind, "id": clean_text(actor.id), "label": actor_label},
        "object": {"kind": obj.kind, "id": clean_text(obj.id), "label": object_label},
        "source": clean_text(actor.source),
        "request": actor.request_id,
        "outcome": outcome,
        "data": data,
    }
    commit, personal_row = _commitment(code, private)
    if commit:
        body["pd"] = commit.hex()
    values = (
        code, verb, actor.kind, body["actor"]["id"], actor_label, obj.kind, body["object"]["id"],
        object_label, body["source"], actor.request_id, outcome,
        orjson.dumps(data).decode(), canonical(body), commit,
    )  # fmt: skip
    return Row(values, personal_row)


def write(rows: Sequence[Row]) -> None:
    """Insert entries in the caller's transaction, one statement for all of them."""
    if not rows:
        return
    # One JSON text is several times cheaper to send than an array for each column.
    parameters: list[Any] = [orjson.dumps([_travelling(row) for row in rows]).decode()]
    personal = [row.personal for row in rows if row.personal]
    sql = _INSERT
    if personal:
        sql = _INSERT_WITH_PERSONAL
        parameters += [list(column) for column in zip(*personal, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def _travelling(row: Row) -> dict[str, Any]:
    """A row as a JSON object; bytes as PostgreSQL reads them from text."""
    return {
        name: rf"\x{value.hex()}" if isinstance(value, bytes) else value
        for (name, _), value in zip(COLUMNS, row.values, strict=True)
    }


def record(
    verb: str,
    *,
    actor: Actor,
    obj: Object,
    outcome: str = "ok",
    data: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
) -> str:
    """Write one entry in the caller's transaction and return its code.

    Raises UnknownVerb, and django.db.Error when the entry cannot be stored.
    """
    row = draft(verb, actor=actor, obj=obj, outcome=outcome, data=data, personal=personal)
    write([row])
    return str(row.values[0])


def _split(
    actor: Actor, obj: Object, personal: Mapping[str, Any] | None
) -> tuple[dict[str, Any], str, str]:
    private = dict(clean(redact(dict(personal), known_secrets()))) if personal else {}
    actor_label, object_label = clean_text(actor.label), clean_text(obj.label)
    if actor.kind in PERSONAL_KINDS and actor_label:
        private["actor_label"], actor_label = actor_label, ""
    if obj.kind in PERSONAL_KINDS and object_label:
        private["object_label"], object_label = object_label, ""
    return private, actor_label, object_label


def _commitment(
    code: str, private: dict[str, Any]
) -> tuple[bytes | None, tuple[str, bytes, bytes, str] | None]:
    if not private:
        return None, None
    salt, body = secrets.token_bytes(32), canonical(private)
    commit = hashlib.sha256(b"pd1" + salt + body).digest()
    return commit, (code, salt, body, orjson.dumps(private).decode())
