"""The filters of templates: a closed list, each bounded in what it can produce."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import re2
from pydantic import JsonValue

from provisioning.rules.bounds import json_within
from provisioning.rules.operators import instant

MAX_TEXT = 64 * 1024
_DATE_PARTS = "YmdHMSyjbBaAzZ%"


class FilterProblem(ValueError):  # noqa: N818 - reads as what it is
    """A filter cannot be used so; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Filter:
    """`usage` and `help` are for the reference; `arguments` is fewest and most."""

    apply: Callable[..., JsonValue]
    arguments: tuple[int, int]
    usage: str
    help: str
    #: checks arguments that are known when the rule is saved; raises FilterProblem
    check: Callable[..., object] | None = None
    #: is given the tables (name -> key -> value) after its arguments, whose first names one
    reads_tables: bool = False


def text_of(value: JsonValue) -> str:
    """How a value reads inside a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    kind = "list" if isinstance(value, list) else "map"
    raise FilterProblem(f"A {kind} cannot be part of a text; use `| join` or `| json`.")


def _bounded(length: int) -> None:
    if length > MAX_TEXT:
        raise FilterProblem("The text would be longer than 64 KB.")


def _whole(value: JsonValue) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_TEXT:
        raise FilterProblem("A whole number up to 65536 is expected as argument.")
    return value


def _on_text(change: Callable[[str], str]) -> Callable[[JsonValue], JsonValue]:
    return lambda value: change(text_of(value))


def _replace(value: JsonValue, old: JsonValue, new: JsonValue = "") -> JsonValue:
    text, find, put = text_of(value), text_of(old), text_of(new)
    if not find:
        raise FilterProblem("`replace` needs a text to look for.")
    _bounded(len(text) + text.count(find) * (len(put) - len(find)))
    return text.replace(find, put)


def _slice(value: JsonValue, start: JsonValue, length: JsonValue = 1) -> JsonValue:
    sequence = value if isinstance(value, list) else text_of(value)
    first, count = _whole(start), max(0, _whole(length))
    if first < 0:
        first = max(0, len(sequence) + first)
    return sequence[first : first + count]


def _default(value: JsonValue, instead: JsonValue) -> JsonValue:
    return instead if value is None or value in ("", [], {}) else value


def _check_date(layout: JsonValue) -> str:
    text = text_of(layout)
    parts = text.replace("%%", "").split("%")[1:]
    if len(text) > 100 or not all(part[:1] and part[0] in _DATE_PARTS for part in parts):
        known = " ".join(f"%{part}" for part in _DATE_PARTS)
        raise FilterProblem(f"A date layout has up to 100 characters and of these: {known}.")
    return text


def _date(value: JsonValue, layout: JsonValue) -> JsonValue:
    if (at := instant(value)) is None:
        raise FilterProblem("`date` needs a date in ISO 8601, such as 2026-11-20T09:15:00Z.")
    return at.strftime(_check_date(layout))


def _check_split(by: JsonValue) -> str:
    if not (separator := text_of(by)):
        raise FilterProblem("`split` needs a text to split at.")
    return separator


def _split(value: JsonValue, by: JsonValue) -> JsonValue:
    return [*text_of(value).split(_check_split(by))]


def _join(value: JsonValue, by: JsonValue = " ") -> JsonValue:
    parts = [text_of(part) for part in _list(value, "join")]
    separator = text_of(by)
    _bounded(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts)


def _list(value: JsonValue, name: str) -> list[JsonValue]:
    if not isinstance(value, list):
        raise FilterProblem(f"`{name}` needs a list.")
    return value


def _first(value: JsonValue) -> JsonValue:
    listed = _list(value, "first")
    return listed[0] if listed else None


def _last(value: JsonValue) -> JsonValue:
    listed = _list(value, "last")
    return listed[-1] if listed else None


def _truncate(value: JsonValue, length: JsonValue, end: JsonValue = "…") -> JsonValue:
    text, most, tail = text_of(value), max(0, _whole(length)), text_of(end)
    if len(text) <= most:
        return text
    return (text[: max(0, most - len(tail))] + tail)[:most]


#: letters that do not decompose into a plain one and a mark
_LETTERS = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O",
        "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L",
        "ħ": "h", "Ħ": "H", "ı": "i", "ŋ": "n", "Ŋ": "N", "’": "'", "‘": "'", "–": "-", "—": "-",
    }
)  # fmt: skip


def _ascii(text: str) -> str:
    """Marks are dropped, a few letters spelled out, everything else outside ASCII becomes `_`."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).translate(_LETTERS))
    kept = (character for character in folded if not unicodedata.combining(character))
    return "".join(character if " " <= character <= "~" else "_" for character in kept)


def _json(value: JsonValue) -> JsonValue:
    text, whole = json_within(value, MAX_TEXT)
    _bounded(len(text) + (not whole))
    return text


Tables = Mapping[str, Mapping[str, JsonValue]]
#: how a table may be called
TABLE_NAME = re2.compile("[a-z0-9][a-z0-9_-]{0,62}")


def _lookup(value: JsonValue, *arguments: Any) -> JsonValue:
    """The value for a key; pure, since the tables are given."""
    given: list[JsonValue] = list(arguments[:-1])
    tables: Tables = arguments[-1]
    name, key = text_of(given[0]), text_of(value)
    if name not in tables:
        raise FilterProblem(f"There is no table `{name}`.")
    if key in tables[name]:
        return tables[name][key]
    if len(given) > 1:
        return given[1]
    raise FilterProblem(f"The table `{name}` has no entry for “{key[:80]}”.")


def _check_table(name: JsonValue, *_: JsonValue) -> str:
    text = text_of(name)
    if not TABLE_NAME.fullmatch(text):
        raise FilterProblem("`lookup` needs the name of a table in quotes.")
    return text


FILTERS: Mapping[str, Filter] = {
    "upcase": Filter(_on_text(str.upper), (0, 0), "upcase", "in capitals"),
    "downcase": Filter(_on_text(str.lower), (0, 0), "downcase", "in small letters"),
    "strip": Filter(_on_text(str.strip), (0, 0), "strip", "without blanks at both ends"),
    "replace": Filter(_replace, (1, 2), 'replace: "old", "new"', "every old by new"),
    "slice": Filter(_slice, (1, 2), "slice: 0, 3", "from a position (negative: from the end), "
                    "so many characters or elements, 1 if not said"),
    "default": Filter(_default, (1, 1), 'default: "none"', "this instead of no value, null, an "
                      "empty text, list or map"),
    "date": Filter(_date, (1, 1), 'date: "%d.%m.%Y"', "an ISO 8601 time in UTC, laid out with "
                   "%Y %m %d %H %M %S %y %j %b %B %a %A %z %Z", _check_date),
    "split": Filter(_split, (1, 1), 'split: "."', "a list of the parts", _check_split),
    "join": Filter(_join, (0, 1), 'join: ", "', "a text of the list's elements"),
    "first": Filter(_first, (0, 0), "first", "the first element of a list"),
    "last": Filter(_last, (0, 0), "last", "the last element of a list"),
    "truncate": Filter(_truncate, (1, 2), 'truncate: 20, "…"', "at most so many characters, the "
                       "end included"),
    "ascii": Filter(_on_text(_ascii), (0, 0), "ascii", "folded to ASCII: é to e, ß to ss, what "
                    "has no counterpart to _"),
    "json": Filter(_json, (0, 0), "json", "as JSON text"),
    "lookup": Filter(_lookup, (1, 2), 'lookup: "team_buckets"', "the value's entry in a lookup "
                     "table; a second argument stands for a key that is not there", _check_table,
                     reads_tables=True),
}  # fmt: skip
