"""What changed, as rows for templates: of objects by path, of texts by line."""

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SIGNS = {"added": "+", "removed": "−", "changed": "±", "same": " "}


@dataclass(frozen=True, slots=True)
class Change:
    """One path of an object. `before` and `after` are JSON text; empty where there is none."""

    path: str
    before: str
    after: str
    kind: str

    @property
    def sign(self) -> str:
        return SIGNS[self.kind]


def changes(before: Any, after: Any) -> list[Change]:
    """Every path at which two JSON values differ, in the order of the keys."""
    return list(_walk("", before, after))


def _walk(path: str, before: Any, after: Any) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from _pair(f"{path}.{key}" if path else str(key), key, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        old, new = dict(enumerate(before)), dict(enumerate(after))
        for index in range(max(len(old), len(new))):
            yield from _pair(f"{path}[{index}]", index, old, new)
    elif _differ(before, after):
        yield Change(path, _text(before), _text(after), "changed")


def _pair(
    path: str,
    key: str | int,
    before: dict[Any, Any],
    after: dict[Any, Any],
) -> Iterator[Change]:
    if key not in after:
        yield Change(path, _text(before[key]), "", "removed")
    elif key not in before:
        yield Change(path, "", _text(after[key]), "added")
    else:
        yield from _walk(path, before[key], after[key])


def _differ(before: Any, after: Any) -> bool:
    """As JSON differs: 1 and true are not the same, though Python says so."""
    return type(before) is not type(after) or bool(before != after)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text diff; a `gap` stands for equal lines that are left out."""

    kind: str
    old: int | None
    new: int | None
    text: str

    @property
    def sign(self) -> str:
        return SIGNS.get(self.kind, "")


def lines(before: str, after: str, context: int = 3) -> list[Line]:
    """A unified diff of two texts; empty when they are equal."""
    old, new = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    found: list[Line] = []
    end = 0
    for group in matcher.get_grouped_opcodes(context):
        if group[0][1] > end:
            found.append(Line("gap", None, None, f"{group[0][1] - end} equal lines"))
        end = group[-1][2]
        for tag, *span in group:
            found += _lines_of(tag, span, old, new)
    if found and end < len(old):
        found.append(Line("gap", None, None, f"{len(old) - end} equal lines"))
    return found


def _lines_of(tag: str, span: list[int], old: list[str], new: list[str]) -> Iterator[Line]:
    old_from, old_to, new_from, new_to = span
    if tag == "equal":
        for offset, text in enumerate(old[old_from:old_to]):
            yield Line("same", old_from + offset + 1, new_from + offset + 1, text)
        return
    for number, text in enumerate(old[old_from:old_to], old_from + 1):
        yield Line("removed", number, None, text)
    for number, text in enumerate(new[new_from:new_to], new_from + 1):
        yield Line("added", None, number, text)
