"""What the page of a kept form shows of it."""

import re
from dataclasses import dataclass

from portal.kept.sealing import Sent

#: Hidden fields by which pages find out that something has changed since; nobody types them.
_BY_THE_PAGE = frozenset({"seen", "digest", "checksum", "next"})
_PLAIN_NAME = re.compile(r"[a-z]+(_[a-z]+)*")
_NAMED = {"op": "Button", "for": "Tried on"}
_PARTS = {"on": "Event type", "c": "Condition", "s": "Step"}
_OF_BUILDER = re.compile(r"(on|c|s)\.([0-9.]*[0-9])(?:\.w)?((?:\.[a-z0-9_]+)*)")
_LONG = 80


@dataclass(frozen=True, slots=True)
class Line:
    """One value that was typed or chosen."""

    name: str
    label: str
    value: str

    @property
    def long(self) -> bool:
        return len(self.value) > _LONG or "\n" in self.value

    @property
    def rows(self) -> int:
        """Of the box that shows a long one."""
        lines = self.value.count("\n") + 1 + len(self.value) // _LONG
        return min(max(lines, 2), 12)


def lines(sent: Sent) -> list[Line]:
    """All that is not empty, in the order of the form."""
    return [
        Line(name, label_of(name), value)
        for name, values in sent.fields
        if name not in _BY_THE_PAGE
        for value in values
        if value.strip()
    ]


def hidden(sent: Sent) -> list[tuple[str, str]]:
    """What goes into the form that is sent again: everything, as it was."""
    return [(name, value) for name, values in sent.fields for value in values]


def files(sent: Sent) -> list[tuple[str, str, str]]:
    return [(name, label_of(name), called) for name, called in sent.files]


def label_of(name: str) -> str:
    """`four_eyes` is Four eyes, the builder's `s.1.w.to.texts` is Step 1: to texts."""
    if name in _NAMED:
        return _NAMED[name]
    if found := _OF_BUILDER.fullmatch(name):
        kind, number, rest = found.groups()
        words = rest.replace(".", " ").replace("_", " ")
        return f"{_PARTS[kind]} {number}{':' if words else ''}{words}"
    return name.replace("_", " ").capitalize() if _PLAIN_NAME.fullmatch(name) else name
