"""Walking a JSON text by hand, so that each event of a call keeps its exact text.

The text is hostile. A part that is not JSON raises ValueError, StopIteration or RecursionError.
"""

import json
import re
from collections.abc import Callable
from json.decoder import scanstring  # type: ignore[attr-defined]  # undocumented, stable
from typing import Any

_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)
_BRACKETS_ONLY = bytes(set(range(256)) - set(b"[]{}"))
_SPACE = re.compile(r"[ \t\n\r]*")
#: A name without escapes, as nearly all are, with the colon after it.
_PLAIN_KEY = re.compile(r'[ \t\n\r]*"([^"\\\x00-\x1f]*)"[ \t\n\r]*:[ \t\n\r]*')


def refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


class Number(str):
    """A number as it was written: no column needs its value, and one of 5,000 digits must not
    raise."""

    __slots__ = ()


_DECODER = json.JSONDecoder(parse_constant=refuse_constant, parse_int=Number, parse_float=Number)
_scan: Callable[[str, int], tuple[Any, int]] = _DECODER.scan_once  # type: ignore[attr-defined]  # as above


def depth_at_most(body: bytes, limit: int) -> bool:
    """Whether brackets nest no deeper than `limit`.

    Peels off innermost pairs at the speed of bytes.replace; only a body whose strings hold
    unbalanced brackets is looked at token by token.
    """
    brackets = body.translate(None, _BRACKETS_ONLY)
    for _ in range(limit):
        if not brackets:
            return True
        peeled = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if len(peeled) == len(brackets):
            break
        brackets = peeled
    return not brackets or _exact_depth(body) <= limit


def _exact_depth(body: bytes) -> int:
    depth = deepest = 0
    for token in _TOKENS.findall(body):
        if token in (b"[", b"{"):
            depth += 1
            deepest = max(deepest, depth)
        elif token in (b"]", b"}"):
            depth -= 1
    return deepest


class _Reader:
    """Walks the outer objects by hand, so that each event keeps its exact text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def skip(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def take(self, char: str) -> bool:
        if not self.text.startswith(char, self.at):
            self.skip()
            if not self.text.startswith(char, self.at):
                return False
        self.at += len(char)
        return True

    def expect(self, char: str) -> None:
        if not self.take(char):
            raise ValueError(f"expected {char!r} at character {self.at}")

    def key(self) -> str:
        """A member's name; what follows is its value."""
        plain = _PLAIN_KEY.match(self.text, self.at)
        if plain:
            self.at = plain.end()
            return plain[1]
        self.expect('"')
        key, self.at = scanstring(self.text, self.at, True)
        self.expect(":")
        self.skip()
        return str(key)

    def value(self) -> tuple[Any, str]:
        start = self.at
        value, self.at = _scan(self.text, start)
        return value, self.text[start : self.at]

    def object(self, member: Callable[[str], None]) -> None:
        self.expect("{")
        if self.take("}"):
            return
        while True:
            member(self.key())
            if not self.take(","):
                break
        self.expect("}")

    def array(self, item: Callable[[], None]) -> None:
        self.expect("[")
        if self.take("]"):
            return
        while True:
            self.skip()
            item()
            if not self.take(","):
                break
        self.expect("]")


def read_members(text: str) -> tuple[dict[str, Any], list[tuple[Any, str]] | None]:
    """Top-level members, and the events of `data.events` (None where there is no such list)."""
    reader = _Reader(text)
    fields: dict[str, Any] = {}
    events: list[tuple[Any, str]] | None = None

    def in_data(key: str) -> None:
        nonlocal events
        if key == "events" and reader.text.startswith("[", reader.at):
            events = []
            reader.array(lambda: events.append(reader.value()))
        else:
            reader.value()

    def on_top(key: str) -> None:
        if key == "data" and reader.text.startswith("{", reader.at):
            reader.object(in_data)
        else:
            fields[key] = reader.value()[0]

    reader.object(on_top)
    reader.skip()
    if reader.at != len(text):
        raise ValueError(f"more text after the end, at character {reader.at}")
    return fields, events
