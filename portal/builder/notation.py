"""Values of conditions in one line of text, and back: `Marketing`, `5`, `true`, `SE, NO`.

A text stands for itself. One that would be read as something else stands in double quotes, as in
JSON: `"5"` is a text, 5 a number. Lists have commas; with a list of one, the comma stays (`a,`).
"""

import json

from pydantic import JsonValue

from provisioning.rules.bounds import storable
from provisioning.rules.operators import OPERATORS, Needs, is_scalar
from provisioning.rules.yaml_source import MAX_INTEGER, plain

_EMPTY_LIST = "[]"
_LISTS = (Needs.SCALARS, Needs.NAMES)
_TEXTS = (Needs.TEXT, Needs.PATTERN)


def needs_of(op: str) -> Needs:
    """What the value of this operator has to be; an unknown one takes a single value."""
    return OPERATORS[op].needs if op in OPERATORS else Needs.SCALAR


def written(value: JsonValue, needs: Needs) -> str:
    """`value` as the line that `read` gives back; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, list):
        parts = [_element(one, needs) for one in value]
        comma = "," if needs is Needs.NAMES and len(parts) == 1 else ""
        return ", ".join(parts) + comma if parts else _EMPTY_LIST
    if isinstance(value, str) and needs in _TEXTS:
        return value if _shows(value) else _quoted(value)
    if needs is Needs.NAMES:
        return _element(value, needs)
    return _scalar(value)


def read(line: str, needs: Needs) -> JsonValue:
    """What a line says; None where it is empty."""
    line = line.strip()
    if not line or needs is Needs.NOTHING:
        return None
    if needs in _TEXTS:
        quoted = _unquoted(line)
        return line if quoted is None else quoted
    if needs not in _LISTS:
        return _read_scalar(line)
    if line == _EMPTY_LIST:
        return []
    parts = _split(line)
    if needs is Needs.NAMES:
        names: list[JsonValue] = [_read_text(part) for part in parts if part]
        alone = len(parts) == 1 and len(names) == 1
        return names[0] if alone else names
    return [_read_scalar(part) for part in parts if part]


def _element(value: JsonValue, needs: Needs) -> str:
    if isinstance(value, str) and (
        "," in value or (needs is Needs.NAMES and not _shows(value)) or value == _EMPTY_LIST
    ):
        return _quoted(value)
    return value if isinstance(value, str) and needs is Needs.NAMES else _scalar(value)


def _scalar(value: JsonValue) -> str:
    if isinstance(value, str):
        return value if _shows(value) and _stays(value) else _quoted(value)
    return json.dumps(value) if is_scalar(value) else str(value)


def _shows(text: str) -> bool:
    """Whether a field of one line gives the text back as it is."""
    return bool(text) and text == text.strip() and text[0] != '"' and text.isprintable()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _stays(text: str) -> bool:
    return isinstance(_read_scalar(text), str)


def _read_scalar(text: str) -> JsonValue:
    quoted = _unquoted(text)
    if quoted is not None:
        return quoted
    value = plain(text)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_INTEGER:
        return text
    if value is None or (isinstance(value, float) and abs(value) == float("inf")):
        return text
    return value


def _read_text(text: str) -> str:
    quoted = _unquoted(text)
    return text if quoted is None else quoted


def _unquoted(text: str) -> str | None:
    """The text that stands in double quotes; None where it does not."""
    if not (len(text) > 1 and text[0] == text[-1] == '"'):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, str) and storable(value) == value else None


def _split(line: str) -> list[str]:
    """At the commas that stand outside quotes; blanks around the parts are dropped."""
    parts, part, quoted, escaped = [], "", False, False
    for character in line:
        if character == "," and not quoted:
            parts.append(part.strip())
            part = ""
            continue
        part += character
        if escaped:
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"' and (quoted or part.strip() == '"'):
            quoted = not quoted
    return [*parts, part.strip()]
