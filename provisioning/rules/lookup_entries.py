"""What a lookup table may hold. Pure."""

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785

from audit.canonical import clean
from provisioning.rules.filters import TABLE_NAME

MOST_ENTRIES = 5_000
LONGEST_KEY, LONGEST_VALUE = 300, 4_000

Entries = Mapping[str, Any]


class LookupRefused(Exception):  # noqa: N818
    """This cannot be done with the table; the message says why, in a sentence."""


def check_name(name: str) -> str:
    if not TABLE_NAME.fullmatch(name) or name == "new":
        raise LookupRefused(
            f"“{name[:80]}” cannot be a table's name: up to 63 of a-z, 0-9, _ and -, such as "
            "team_buckets."
        )
    return name


def check_entries(entries: Entries) -> dict[str, Any]:
    """Text or objects of texts and lists of texts, by key. Raises LookupRefused."""
    if not entries:
        raise LookupRefused("The table has no entries.")
    if len(entries) > MOST_ENTRIES:
        raise LookupRefused(f"The table has more than {MOST_ENTRIES:,} entries.")
    for key, value in entries.items():
        if not key or len(key) > LONGEST_KEY:
            raise LookupRefused(f"A key has 1 to {LONGEST_KEY} characters: “{key[:80]}”.")
        if not _is_value(value):
            raise LookupRefused(
                f"The entry “{key[:80]}” is neither a text of up to {LONGEST_VALUE:,} characters "
                "nor an object of texts and lists of texts."
            )
    cleaned: dict[str, Any] = clean(dict(entries))
    return cleaned


def _is_value(value: Any) -> bool:
    if not isinstance(value, dict):
        return _is_text(value)
    return len(str(value)) <= LONGEST_VALUE and all(
        _is_text(one) or (isinstance(one, list) and all(map(_is_text, one)))
        for one in value.values()
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_VALUE


def digest_of(entries: Entries) -> str:
    return hashlib.sha256(rfc8785.dumps(clean(dict(entries)))).hexdigest()


def changes(before: Entries, after: Entries) -> dict[str, Any]:
    return {
        "added": sorted(set(after) - set(before)),
        "removed": sorted(set(before) - set(after)),
        "changed": sorted(key for key in before if key in after and before[key] != after[key]),
    }
