"""Checks a planned call against botocore's own description of it; offline.

botocore itself checks only types, required members and minimum; maximum, enum and pattern are
in the same files but never looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import regex

from provisioning.actions.aws import client

if TYPE_CHECKING:
    from botocore.model import Shape

#: (service, shape) whose pattern is wrong in botocore's files: a JavaScript literal in the one,
#: doubled backslashes in the other.
BROKEN_PATTERNS = frozenset({("connect", "Password"), ("connect", "PhoneNumber")})

_PATTERN_SECONDS = 0.2
_SHOWN = 60
_TYPES: Mapping[str, tuple[type, ...]] = {
    "structure": (Mapping,),
    "map": (Mapping,),
    "list": (list, tuple),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "blob": (bytes, bytearray, str),
}


def problems(service: str, operation: str, values: Mapping[str, Any]) -> list[str]:
    """What AWS would refuse in this call, a sentence each; empty when nothing was found."""
    shape = client.operation(service, operation).input_shape
    return list(_check(service, shape, values, operation)) if shape is not None else []


def _check(service: str, shape: "Shape", value: object, where: str) -> Iterator[str]:
    wanted = _TYPES.get(shape.type_name)
    if wanted is not None and not _is(value, wanted):
        yield f"{where} must be of type {shape.type_name}, not {type(value).__name__}."
        return
    yield from _range(shape, value, where)
    if isinstance(value, str) and shape.type_name == "string":
        yield from _text(service, shape, value, where)
    elif isinstance(value, Mapping) and shape.type_name == "structure":
        yield from _members(service, shape, value, where)
    elif isinstance(value, Mapping):
        yield from _entries(service, shape, value, where)
    elif isinstance(value, Sequence) and shape.type_name == "list":
        for number, item in enumerate(value):
            yield from _check(service, _part(shape, "member"), item, f"{where}[{number}]")


def _is(value: object, wanted: tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return bool in wanted
    return isinstance(value, wanted)


def _members(service: str, shape: "Shape", value: Mapping[str, Any], where: str) -> Iterator[str]:
    members: Mapping[str, Shape] = getattr(shape, "members", {})
    required: Sequence[str] = getattr(shape, "required_members", ())
    for name in required:
        if name not in value:
            yield f"{where}.{name} is missing."
    if getattr(shape, "is_tagged_union", False) and len(value) != 1:
        yield f"{where} needs exactly one of {', '.join(members)}; it has {len(value)}."
    for name, item in value.items():
        if name in members:
            yield from _check(service, members[name], item, f"{where}.{name}")
        else:
            yield f"{where}.{name} is not known; known are {', '.join(sorted(members))}."


def _entries(service: str, shape: "Shape", value: Mapping[str, Any], where: str) -> Iterator[str]:
    for name, item in value.items():
        yield from _check(service, _part(shape, "key"), name, f"{where} key")
        yield from _check(service, _part(shape, "value"), item, f"{where}[{name}]")


def _part(shape: "Shape", name: str) -> "Shape":
    part: Shape = getattr(shape, name)
    return part


def _range(shape: "Shape", value: object, where: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if isinstance(value, (int, float)):
        size, unit, verb = value, "", "is"
    elif isinstance(value, (str, bytes, bytearray, list, tuple, Mapping)):
        size, unit, verb = len(value), _unit(value), "has"
    else:
        return
    if low is not None and size < low:
        yield f"{where} {verb} {size}{unit}; at least {low} are needed."
    if high is not None and size > high:
        yield f"{where} {verb} {size}{unit}; at most {high} are allowed."


def _unit(value: object) -> str:
    if isinstance(value, str):
        return " characters"
    return " bytes" if isinstance(value, (bytes, bytearray)) else " entries"


def _text(service: str, shape: "Shape", value: str, where: str) -> Iterator[str]:
    allowed: Sequence[str] = shape.metadata.get("enum", ())
    if allowed and value not in allowed:
        yield f"{where} is {_shown(value)}; allowed are {', '.join(allowed)}."
    text = shape.metadata.get("pattern")
    if not text or (service, shape.name) in BROKEN_PATTERNS:
        return
    pattern = _compiled(text)
    if pattern is not None and not _matches(pattern, value):
        yield f"{where} is {_shown(value)}, which does not fit AWS's pattern {text}."


@lru_cache(maxsize=512)
def _compiled(text: str) -> "regex.Pattern[str] | None":
    """None for a pattern in a dialect that is not ours; AWS checks it itself then."""
    try:
        return regex.compile(text)
    except regex.error:
        return None


def _matches(pattern: "regex.Pattern[str]", value: str) -> bool:
    try:
        return pattern.fullmatch(value, timeout=_PATTERN_SECONDS) is not None
    except TimeoutError:
        return False


def _shown(value: str) -> str:
    return repr(value if len(value) <= _SHOWN else value[:_SHOWN] + "…")
