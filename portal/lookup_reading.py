"""Entries of lookup tables as pages show them."""

import json
from collections.abc import Mapping
from typing import Any

from portal import diffing
from portal.masking import masked

#: Entries and changes shown on one page; the file has all of them.
MOST_SHOWN = 500


def rows(entries: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Key and value as text, by key."""
    shown = sorted(masked(dict(entries)).items())[:MOST_SHOWN]
    return [(key, _text(value)) for key, value in shown]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[diffing.Change]:
    """Entry by entry: an object changes as a whole."""
    old, new = masked(dict(before)), masked(dict(after))
    found = []
    for key in sorted({*old, *new}):
        if key not in new:
            found.append(diffing.Change(key, _text(old[key]), "", "removed"))
        elif key not in old:
            found.append(diffing.Change(key, "", _text(new[key]), "added"))
        elif old[key] != new[key]:
            found.append(diffing.Change(key, _text(old[key]), _text(new[key]), "changed"))
    return found[:MOST_SHOWN]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
