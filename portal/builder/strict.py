"""What the pages of the builder read and write as YAML, and when two values are the same."""

import json

from pydantic import JsonValue

from provisioning.rules.definitions import data_to_yaml
from provisioning.rules.problems import DefinitionErrors
from provisioning.rules.yaml_source import read


class Unreadable(ValueError):  # noqa: N818 - reads as what it is
    """A text is not what its field takes; the message is a sentence."""


def same(one: object, other: object) -> bool:
    """Equal down to the kind: 1 is not 1.0 and not true."""
    try:
        return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    except (RecursionError, TypeError, ValueError):
        return False


def yaml_of(value: JsonValue) -> str:
    """`value` as YAML that `from_yaml` reads as the same value."""
    text = data_to_yaml(value)
    if isinstance(value, str):
        return text
    short = text.removesuffix("\n...\n").rstrip("\n")
    # A text in several lines may end with the line end that would be cut off.
    return short if "|" not in short or _reads_as(short, value) else text


def _reads_as(text: str, value: JsonValue) -> bool:
    try:
        return same(from_yaml(text), value)
    except Unreadable:
        return False


def from_yaml(text: str) -> JsonValue:
    """Raises Unreadable."""
    try:
        return read(text, "").data
    except DefinitionErrors as errors:
        first = errors.problems[0]
        hint = " Write a text with {{ }} in quotes." if "{{" in text else ""
        raise Unreadable(f"Line {first.line}: {first.message}{hint}") from errors
