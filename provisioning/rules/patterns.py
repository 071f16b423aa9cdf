"""Patterns that users write: RE2 only, whose time grows with the length of the text, never more."""

from functools import lru_cache
from typing import Protocol

import re2

MAX_PATTERN = 1_000
MAX_TEXT = 64 * 1024


class Match(Protocol):
    def groupdict(self) -> dict[str, str | None]: ...


class Pattern(Protocol):
    groupindex: dict[str, int]

    def search(self, text: str) -> Match | None: ...


class BadPattern(ValueError):  # noqa: N818 - reads as what it is
    """The pattern cannot be used; the message is a sentence for its author."""


@lru_cache(maxsize=1_000)
def compiled(pattern: str, ignore_case: bool = False) -> Pattern:
    """Raises BadPattern."""
    if len(pattern) > MAX_PATTERN:
        raise BadPattern(f"The pattern is longer than {MAX_PATTERN} characters.")
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    options.max_mem = 1 << 20
    try:
        made: Pattern = re2.compile(pattern, options)
    except re2.error as error:
        raise BadPattern(_sentence(error)) from error
    except UnicodeEncodeError as error:
        raise BadPattern("The pattern has half a surrogate pair in it.") from error
    return made


def _sentence(error: Exception) -> str:
    said = error.args[0] if error.args else "unknown error"
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    if "perl operator" in text:
        why = "look-around is not available (RE2 syntax)"
    elif "escape sequence" in text and text[-1:].isdigit():
        why = "back-references are not available (RE2 syntax)"
    else:
        why = "patterns follow the RE2 syntax, without look-around and back-references"
    return f"The pattern cannot be used: {text}; {why}."


def group_names(pattern: str) -> tuple[str, ...]:
    """The names of the groups `(?P<name>…)`. Raises BadPattern."""
    return tuple(compiled(pattern).groupindex)


def search(pattern: str, text: str, ignore_case: bool) -> dict[str, str] | None:
    """The named groups of the first place that matches, or None. Never raises."""
    if len(text) > MAX_TEXT:
        return None
    try:
        found = compiled(pattern, ignore_case).search(text.encode("utf-8", "replace").decode())
    except BadPattern:
        return None
    return None if found is None else {k: v or "" for k, v in found.groupdict().items()}
