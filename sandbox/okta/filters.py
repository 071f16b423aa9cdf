"""The small part of SCIM filters that Okta's lists and its log use.

`eventType eq "user.lifecycle.suspend" or (eventType sw "group." and not (actor.id pr))`
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.okta.errors import OktaError
from sandbox.web import Json

TOKEN = re.compile(r'\s*(?:([()])|"((?:[^"\\]|\\.)*)"|([A-Za-z_][\w.\-]*)|(-?\d+(?:\.\d+)?))')
COMPARE: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda have, want: have == want,
    "ne": lambda have, want: have != want,
    "co": lambda have, want: want in have,
    "sw": lambda have, want: have.startswith(want),
    "ew": lambda have, want: have.endswith(want),
    "gt": lambda have, want: have > want,
    "ge": lambda have, want: have >= want,
    "lt": lambda have, want: have < want,
    "le": lambda have, want: have <= want,
}
Predicate = Callable[[Json], bool]
Token = tuple[str, str]


def parse(text: str) -> Predicate:
    """Raises OktaError E0000053 with a sentence."""
    tokens = _tokens(text)
    if not tokens:
        raise OktaError("E0000053", "Invalid filter: it is empty.")
    predicate, rest = _either(tokens)
    if rest:
        raise OktaError("E0000053", f"Invalid filter: {rest[0][1]!r} is not expected there.")
    return predicate


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    position = 0
    while text[position:].strip():
        match = TOKEN.match(text, position)
        if match is None:
            raise OktaError("E0000053", f"Invalid filter at character {position + 1}: {text}")
        bracket, quoted, word, number = match.groups()
        if bracket:
            found.append(("bracket", bracket))
        elif word:
            found.append(("word", word))
        else:
            found.append(("value", number if quoted is None else re.sub(r"\\(.)", r"\1", quoted)))
        position = match.end()
    return found


def _is_word(tokens: list[Token], word: str) -> bool:
    return bool(tokens) and tokens[0][0] == "word" and tokens[0][1].lower() == word


def _either(tokens: list[Token]) -> tuple[Predicate, list[Token]]:
    left, tokens = _both(tokens)
    while _is_word(tokens, "or"):
        right, tokens = _both(tokens[1:])
        left = _join(any, left, right)
    return left, tokens


def _both(tokens: list[Token]) -> tuple[Predicate, list[Token]]:
    left, tokens = _one(tokens)
    while _is_word(tokens, "and"):
        right, tokens = _one(tokens[1:])
        left = _join(all, left, right)
    return left, tokens


def _join(combine: Callable[[Iterator[bool]], bool], *parts: Predicate) -> Predicate:
    return lambda item: combine(part(item) for part in parts)


def _one(tokens: list[Token]) -> tuple[Predicate, list[Token]]:
    if _is_word(tokens, "not"):
        inner, tokens = _one(tokens[1:])
        return (lambda item: not inner(item)), tokens
    if tokens and tokens[0] == ("bracket", "("):
        inner, tokens = _either(tokens[1:])
        if not tokens or tokens[0] != ("bracket", ")"):
            raise OktaError("E0000053", "Invalid filter: a closing bracket is missing.")
        return inner, tokens[1:]
    return _comparison(tokens)


def _comparison(tokens: list[Token]) -> tuple[Predicate, list[Token]]:
    if len(tokens) < 2 or tokens[0][0] != "word" or tokens[1][0] != "word":
        raise OktaError("E0000053", "Invalid filter: expected an attribute and an operator.")
    path, operator = tokens[0][1], tokens[1][1].lower()
    if path == "published":
        raise OktaError("E0000053", "Invalid filter: published cannot be filtered; use since.")
    if operator == "pr":
        return (lambda item: any(True for _ in _values(item, path.split(".")))), tokens[2:]
    if operator not in COMPARE:
        raise OktaError("E0000031", f"Invalid filter: {operator} is no operator.")
    if len(tokens) < 3 or tokens[2][0] == "bracket":
        raise OktaError("E0000053", f"Invalid filter: {path} {operator} needs a value.")
    compare, wanted = COMPARE[operator], tokens[2][1]
    return (lambda item: _holds(compare, item, path.split("."), wanted)), tokens[3:]


def _holds(compare: Callable[[str, str], bool], item: Json, path: list[str], wanted: str) -> bool:
    return any(compare(value, wanted) for value in _values(item, path))


def _values(item: Any, path: list[str]) -> Iterator[str]:  # any JSON value
    """All values at a path, going through lists; null counts as absent."""
    if isinstance(item, list):
        for element in item:
            yield from _values(element, path)
    elif item is None:
        return
    elif not path:
        yield str(item).lower() if isinstance(item, bool) else str(item)
    elif isinstance(item, dict):
        yield from _values(item.get(path[0]), path[1:])
