"""How one parameter stands in a field: each kind writes a value as text and reads it back.

A field's name ends with its kind (`s.1.w.subject.text`), so that reading asks nothing else. An
empty field is a parameter that is left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from portal.builder.strict import Unreadable, from_yaml, same, yaml_of
from provisioning.rules.yaml_source import MAX_INTEGER, plain

TEXT, NUMBER, FLAG, LINES, TEXTS, YAML = "text", "number", "flag", "lines", "texts", "yaml"


@dataclass(frozen=True, slots=True)
class Kind:
    write: Callable[[JsonValue], str]
    read: Callable[[str], JsonValue]


def _write_text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""


def _write_number(value: JsonValue) -> str:
    return value if isinstance(value, str) else repr(value)


def _read_number(text: str) -> JsonValue:
    value = plain(text.strip())
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > MAX_INTEGER:
        return text
    return value


def _write_flag(value: JsonValue) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else _write_text(value)


def _read_flag(text: str) -> JsonValue:
    return {"true": True, "false": False}.get(text, text)


def _write_lines(value: JsonValue) -> str:
    if isinstance(value, list):
        return "\n".join(one for one in value if isinstance(one, str))
    return _write_text(value)


def _read_lines(text: str) -> list[JsonValue]:
    return [line for line in text.split("\n") if line.strip()]


def _read_texts(text: str) -> JsonValue:
    lines = _read_lines(text)
    return lines[0] if len(lines) == 1 else lines


KINDS: Mapping[str, Kind] = {
    TEXT: Kind(_write_text, lambda text: text),
    NUMBER: Kind(_write_number, _read_number),
    FLAG: Kind(_write_flag, _read_flag),
    LINES: Kind(_write_lines, _read_lines),
    TEXTS: Kind(_write_lines, _read_texts),
    YAML: Kind(yaml_of, from_yaml),
}


def plain_lines(text: str) -> str:
    """Browsers send the ends of lines as CR LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def fits(kind: str, value: JsonValue) -> bool:
    """Whether a field of this kind gives the value back exactly."""
    try:
        text = plain_lines(KINDS[kind].write(value))
        return text.strip() != "" and same(KINDS[kind].read(text), value)
    except Unreadable:
        return False


def kind_for(wanted: str, value: JsonValue) -> str:
    """The kind of field for a value: the wanted one if it can, otherwise YAML."""
    tried = (
        (wanted, TEXTS) if wanted == LINES else (wanted, LINES) if wanted == TEXTS else (wanted,)
    )
    return next((kind for kind in tried if fits(kind, value)), YAML)
