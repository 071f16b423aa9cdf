"""JSON as a tree of nodes, and code as coloured lines, for templates to draw.

Nothing here makes HTML: templates escape every text. Secrets were replaced before the data came
here (`audit.redaction`); what stands in their place is marked, so that it can be drawn as such.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, String, _TokenType

from audit.redaction import MASK

KEYS_PER_LEVEL = 200
DEEPEST = 12
NODES = 1_000
LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class Node:
    """`kind`: object, array, string, number, bool, null, secret, or `more` for what is left out."""

    key: str
    kind: str
    text: str = ""
    children: tuple["Node", ...] = ()
    open: bool = False


def tree(value: Any) -> Node:
    """The root node of a JSON value, open to depth 1.

    At most KEYS_PER_LEVEL children each, DEEPEST levels and about NODES nodes in all; a `more`
    node says how many entries are left out, and belongs next to a link to the raw text.
    """
    return _node("", value, 0, [NODES])


def _node(key: str, value: Any, depth: int, left: list[int]) -> Node:
    left[0] -= 1
    if not isinstance(value, dict | list):
        return _leaf(key, value)
    kind, unit = ("object", "key") if isinstance(value, dict) else ("array", "item")
    text = f"{len(value)} {unit}{'' if len(value) == 1 else 's'}"
    if depth >= DEEPEST and value:
        return Node(key, kind, text, (_more(len(value)),), open=False)
    entries: Iterable[tuple[Any, Any]] = (
        value.items() if isinstance(value, dict) else enumerate(value)
    )
    children: list[Node] = []
    for name, item in entries:
        if len(children) == KEYS_PER_LEVEL or left[0] <= 0:
            children.append(_more(len(value) - len(children)))
            break
        children.append(_node(str(name), item, depth + 1, left))
    return Node(key, kind, text, tuple(children), open=depth == 0)


def _leaf(key: str, value: Any) -> Node:
    if value is None:
        return Node(key, "null", "null")
    if isinstance(value, bool):
        return Node(key, "bool", "true" if value else "false")
    if isinstance(value, int | float):
        return Node(key, "number", str(value))
    text = str(value)
    if text == MASK:
        return Node(key, "secret", MASK)
    if len(text) > LONGEST_TEXT:
        text = f"{text[:LONGEST_TEXT]}… ({len(text):,} characters)"
    return Node(key, "string", text)


def _more(count: int) -> Node:
    return Node("", "more", f"{count:,} more")


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of one colour; `css` is a class of app.css, empty for plain text."""

    css: str
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Coloured lines, and the plain text for the copy button."""

    language: str
    lines: tuple[tuple[Piece, ...], ...]
    text: str


# First match wins, so the narrower type stands first.
_COLOURS: tuple[tuple[_TokenType, str], ...] = (
    (Name.Tag, "c-key"),
    (String, "c-string"),
    (Number, "c-number"),
    (Keyword, "c-word"),
    (Comment, "c-comment"),
)


def json_code(value: Any) -> Code:
    return code(json.dumps(value, indent=2, ensure_ascii=False, default=str), "json")


def code(text: str, language: str) -> Code:
    """Coloured lines of "json", "yaml" or any other language that Pygments knows."""
    lines: list[list[Piece]] = [[]]
    for kind, part in _lexer(language).get_tokens(text):
        css = next((css for parent, css in _COLOURS if _is_a(kind, parent)), "")
        for number, piece in enumerate(part.split("\n")):
            if number:
                lines.append([])
            _append(lines[-1], css, piece)
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    return Code(language, tuple(tuple(line) for line in lines), text)


def _append(line: list[Piece], css: str, text: str) -> None:
    """Add text to a line, joined to the piece before if that has the same colour."""
    if not text:
        return
    if line and line[-1].css == css:
        text = line.pop().text + text
    line.append(Piece(css, text))


def _is_a(kind: _TokenType, parent: _TokenType) -> bool:
    """Pygments' types are paths: `Literal.String.Double` is a `Literal.String`."""
    return kind[: len(parent)] == parent


@cache
def _lexer(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)
