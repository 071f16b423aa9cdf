"""Lookup tables as CSV: safe to open in a spreadsheet, and the same when read again.

Columns are `key` and `value`; an object stands as JSON in a third, `json`. A cell that a
spreadsheet could take for a formula has an apostrophe before it, which reading takes away again.
"""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from provisioning import spreadsheets
from provisioning.rules.lookup_entries import LookupRefused

COLUMNS = ("key", "value", "json")
MAX_BYTES = 1024 * 1024


def write(entries: Mapping[str, Any]) -> str:
    return "".join(spreadsheets.lines([COLUMNS, *map(_row, sorted(entries.items()))]))


def _row(entry: tuple[str, Any]) -> tuple[str, str, str]:
    key, value = entry
    if isinstance(value, str):
        return key, value, ""
    return key, "", json.dumps(value, ensure_ascii=False)


def read(data: bytes) -> dict[str, Any]:
    """Raises LookupRefused with the line of what is wrong."""
    if len(data) > MAX_BYTES:
        raise LookupRefused("The file is larger than 1 MB.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LookupRefused("The file is not UTF-8; save it as CSV UTF-8.") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return _entries(reader)
    except csv.Error as error:
        raise LookupRefused(f"Line {reader.line_num}: this is not CSV: {error}.") from None


def _entries(reader: Any) -> dict[str, Any]:
    columns = [cell.strip().lower() for cell in next(reader, [])]
    if columns not in (list(COLUMNS), list(COLUMNS[:2])):
        raise LookupRefused("Line 1: the columns are key, value and, for objects, json.")
    entries: dict[str, Any] = {}
    for row in reader:
        if not any(row):
            continue
        if len(row) != len(columns):
            raise LookupRefused(f"Line {reader.line_num}: {len(columns)} cells are expected.")
        key, value, *data = (spreadsheets.original(cell) for cell in row)
        if key in entries:
            raise LookupRefused(f"Line {reader.line_num}: “{key[:80]}” is there twice.")
        entries[key] = _object(data[0], reader.line_num) if data and data[0] else value
    return entries


def _object(text: str, line: int) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise LookupRefused(f"Line {line}: the column json holds no JSON.") from None
    if not isinstance(found, dict):
        raise LookupRefused(f"Line {line}: the column json holds an object, {{…}}.")
    return found
