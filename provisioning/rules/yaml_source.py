"""YAML as data with the position of every value.

Only plain data is read: mappings with text keys, lists, text, numbers, true, false and null.
Scalars follow YAML 1.2: `on`, `no` and dates are text, as is a number with leading zeros.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Protocol

import re2
import yaml
from pydantic import JsonValue

from provisioning.rules.problems import DefinitionErrors, Path, Problem, path_text

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_VALUES = 5_000
#: the largest whole number that JSON carries exactly (RFC 8785, RFC 7493)
MAX_INTEGER = 2**53 - 1

_INTEGER = re2.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re2.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_ZEROS = re2.compile(r"[-+]?0[0-9]+")
_WORDS: Mapping[str, JsonValue] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True)
class Position:
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """What a file says, and where it says it."""

    file: str
    data: JsonValue
    positions: Mapping[Path, Position]

    def position(self, path: Path) -> Position:
        """Where `path` is, or its nearest parent that is there."""
        for length in range(len(path), -1, -1):
            if (found := self.positions.get(path[:length])) is not None:
                return found
        return Position(1, 1)

    def problem(self, path: Path, message: str, expected: str = "") -> Problem:
        at = self.position(path)
        return Problem(self.file, at.line, at.column, path_text(path), message, expected)


def read(text: str, file: str) -> Source:
    """Raises DefinitionErrors when `text` is not one document of plain data."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise DefinitionErrors([Problem(file, 1, 1, "", "The file is larger than 256 KB.")])
    reader = _Reader(file)
    try:
        data = reader.document(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        at = _position(error.problem_mark or error.context_mark)
        said = error.problem or "it ends too early"
        raise DefinitionErrors(
            [*reader.problems, Problem(file, at.line, at.column, "", f"Not valid YAML: {said}.")]
        ) from error
    except yaml.YAMLError as error:
        message = "The file has a character that YAML does not allow."
        raise DefinitionErrors([Problem(file, 1, 1, "", message)]) from error
    if reader.problems:
        raise DefinitionErrors(reader.problems)
    return Source(file, data, reader.positions)


class _Mark(Protocol):
    line: int
    column: int


def _position(mark: _Mark | None) -> Position:
    return Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)


def plain(text: str) -> JsonValue:
    """What a scalar without quotes means."""
    if text in _WORDS:
        return _WORDS[text]
    if _ZEROS.fullmatch(text) or len(text) > 40 or not _FLOAT.fullmatch(text):
        return text
    return int(text) if _INTEGER.fullmatch(text) else float(text)


def _too_large(value: JsonValue) -> bool:
    if isinstance(value, float):
        return not isfinite(value)
    return isinstance(value, int) and abs(value) > MAX_INTEGER


class _Stop(Exception):  # noqa: N818 - control flow inside this module
    """Reading on would be pointless or costly; the problem is already noted."""


@dataclass(slots=True)
class _Reader:
    file: str
    positions: dict[Path, Position] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def document(self, events: Iterator[yaml.Event]) -> JsonValue:
        data: JsonValue = None
        documents = 0
        try:
            for event in events:
                if not isinstance(event, yaml.DocumentStartEvent):
                    continue
                documents += 1
                if documents > 1:
                    self._refuse(event, (), "A file holds one rule; this is a second document.")
                    break
                data = self._value(next(events), events, ())
        except _Stop:
            return None
        return data

    def _refuse(self, event: yaml.Event, path: Path, message: str) -> None:
        at = _position(event.start_mark)
        self.problems.append(Problem(self.file, at.line, at.column, path_text(path), message))

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event], path: Path) -> JsonValue:
        self._limits(event, path)
        collection = isinstance(event, yaml.CollectionStartEvent)
        if not (collection and path in self.positions):
            self.positions[path] = _position(event.start_mark)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._refuse(event, path, "Anchors (&) and aliases (*) are not available.")
        if getattr(event, "tag", None):
            self._refuse(event, path, "YAML tags (!) are not available.")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        return None

    def _limits(self, event: yaml.Event, path: Path) -> None:
        if len(path) > MAX_DEPTH:
            self._refuse(event, (), f"The values are nested deeper than {MAX_DEPTH} levels.")
            raise _Stop
        if len(self.positions) > MAX_VALUES:
            self._refuse(event, (), f"The file has more than {MAX_VALUES} values.")
            raise _Stop

    def _sequence(self, events: Iterator[yaml.Event], path: Path) -> JsonValue:
        values: list[JsonValue] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            values.append(self._value(event, events, (*path, len(values))))
        return values

    def _mapping(self, events: Iterator[yaml.Event], path: Path) -> JsonValue:
        values: dict[str, JsonValue] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._key(event, path)
            if key in values:
                self._refuse(event, (*path, key), f"The key `{key}` is there twice.")
            self.positions[(*path, key)] = _position(event.start_mark)
            values[key] = self._value(next(events), events, (*path, key))
        return values

    def _key(self, event: yaml.Event, path: Path) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._refuse(event, path, "A key must be plain text.")
            raise _Stop
        if event.value == "<<" and event.implicit[0]:
            self._refuse(event, path, "Merge keys (<<) are not available.")
        if event.tag or event.anchor:
            self._refuse(event, path, "Tags and anchors are not available.")
        return str(self._clean(event, path))

    def _scalar(self, event: yaml.ScalarEvent, path: Path) -> JsonValue:
        text = self._clean(event, path)
        if not event.implicit[0]:
            return text
        value = plain(text)
        if _too_large(value):
            self._refuse(event, path, "This number is too large; write it in quotes as text.")
            return text
        return value

    def _clean(self, event: yaml.ScalarEvent, path: Path) -> str:
        text: str = event.value
        if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
            self._refuse(event, path, "The text has a NUL or half a surrogate pair in it.")
        return text
