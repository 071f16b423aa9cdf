"""The fields of a step's parameters, made from the schema of its action, and back."""

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, JsonValue
from pydantic.fields import FieldInfo

from portal.builder.controls import Control, Option
from portal.builder.kinds import FLAG, KINDS, LINES, NUMBER, TEXT, TEXTS, YAML, kind_for
from portal.builder.strict import Unreadable, same
from provisioning.rules.describing import value_text
from provisioning.rules.problems import Path

#: A text with more than this gets a field of several lines.
LONG = 72
_SCALARS = {bool: FLAG, int: NUMBER, float: NUMBER, str: TEXT}


@dataclass(slots=True)
class Block:
    """The fields of one mapping. `more` are those that may be left out and are; `tick` stands
    beside them and is no part of the mapping."""

    label: str
    help: str = ""
    fields: "list[Control | Block]" = field(default_factory=list)
    more: "list[Control | Block]" = field(default_factory=list)
    name: str = ""
    tick: Control | None = None

    @property
    def is_block(self) -> bool:
        return True

    @property
    def all_fields(self) -> "list[Control | Block]":
        return [*self.fields, *self.more]

    @property
    def more_names(self) -> str:
        return ", ".join(one.label for one in [*self.more, *([self.tick] if self.tick else [])])

    @property
    def wants_more(self) -> bool:
        """Whether something is wrong among what may be left out."""
        inside = Block("", fields=self.more)
        return any(one.problems for one in inside.controls())

    def controls(self) -> Iterator[Control]:
        for one in (*self.fields, *self.more):
            if isinstance(one, Block):
                yield from one.controls()
            else:
                yield one


def block_of(
    model: type[BaseModel], given: Mapping[str, JsonValue], prefix: str, place: Path
) -> Block:
    """The fields for these parameters; unknown ones are together in one field of YAML."""
    block = Block("", name=prefix)
    known = {info.alias or name: info for name, info in model.model_fields.items()}
    for key, info in known.items():
        made = _field(key, info, given, f"{prefix}.{key}", (*place, key))
        optional = not info.is_required() and key not in given
        (block.more if optional else block.fields).append(made)
    rest: dict[str, JsonValue] = {key: one for key, one in given.items() if key not in known}
    if rest:
        block.fields.append(_rest(rest, prefix, place))
    return block


def _rest(rest: dict[str, JsonValue], prefix: str, place: Path) -> Control:
    text = KINDS[YAML].write(rest)
    said = "The action does not know these."
    return Control(f"{prefix}._rest.yaml", text, "Others", place=place, lines=8, help=said)


def _field(
    key: str, info: FieldInfo, given: Mapping[str, JsonValue], name: str, place: Path
) -> Control | Block:
    label = info.title or key.replace("_", " ").capitalize()
    kind, options, model = _shape(info)
    value = given.get(key)
    if model is not None and (inner := _nested(model, key, given, name, place)) is not None:
        inner.label, inner.help = label, info.description or ""
        return inner
    kind = kind_for(kind, value) if key in given else kind
    text = KINDS[kind].write(value) if key in given else ""
    control = Control(f"{name}.{kind}", text, label, place=place, help=_help(info))
    control.required, control.example = info.is_required(), _example(info)
    if kind in (TEXT, FLAG) and options:
        control.options = _options(options, text, info)
    control.lines = _lines(kind, text, info)
    return control


def _help(info: FieldInfo) -> str:
    """The description as a sentence; the reference has it as a part of one, with code in it."""
    said = (info.description or "").replace("`", "")
    return f"{said[0].upper()}{said[1:].removesuffix('.')}." if said else ""


def _nested(
    model: type[BaseModel], key: str, given: Mapping[str, JsonValue], name: str, place: Path
) -> Block | None:
    """The fields of a parameter that is a mapping itself; None where only YAML can say it."""
    value = given.get(key, {})
    if not isinstance(value, dict) or (key in given and not value):
        return None
    block = block_of(model, value, name, place)
    posted = {one.name.removeprefix(f"{name}."): one.value for one in block.controls()}
    read, _ = read_parameters(posted)
    return block if same(read, value) else None


def _shape(info: FieldInfo) -> tuple[str, Sequence[Option], type[BaseModel] | None]:
    """The kind of field for a type, with what can be chosen, or the model of what is inside."""
    members = _members(info.annotation)
    if len(members) == 1:
        (one,) = members
        if get_origin(one) is Literal:
            return TEXT, [Option(str(value), str(value)) for value in get_args(one)], None
        if one is bool:
            return FLAG, [Option("true", "Yes"), Option("false", "No")], None
        if isinstance(one, type) and issubclass(one, BaseModel):
            return YAML, (), one
        return (LINES if _is_text_list(one) else _SCALARS.get(one, YAML)), (), None
    if int in members and all(get_origin(one) is Literal for one in members if one is not int):
        return NUMBER, (), None  # or a word in its place
    if len(members) == 2 and str in members and any(_is_text_list(one) for one in members):
        return TEXTS, (), None
    return YAML, (), None


def _members(annotation: Any) -> list[Any]:
    """The members of a union without None; a type alone is its own only one."""
    if get_origin(annotation) in (Union, types.UnionType):
        inside = [_bare(one) for one in get_args(annotation) if one is not type(None)]
        return [member for one in inside for member in _members(one)]
    return [_bare(annotation)]


def _bare(annotation: Any) -> Any:
    """The type without what pydantic is told of it."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def _is_text_list(one: Any) -> bool:
    inside = get_args(one)
    return get_origin(one) is list and (inside == (str,) or get_origin(inside[0]) is Literal)


def _options(options: Sequence[Option], text: str, info: FieldInfo) -> list[Option]:
    shown = (
        [] if info.is_required() else [Option("", f"{_default(info, options)} (as if left out)")]
    )
    known = {one.value for one in options}
    return [*shown, *options, *([Option(text, text)] if text and text not in known else [])]


def _default(info: FieldInfo, options: Sequence[Option]) -> str:
    said = KINDS[FLAG].write(info.default) if isinstance(info.default, bool) else str(info.default)
    return next((one.label for one in options if one.value == said), said)


def _example(info: FieldInfo) -> str:
    example = info.examples[0] if info.examples else None
    if example is None or isinstance(example, bool):
        return ""
    if isinstance(example, dict) or (isinstance(example, list) and not _all_text(example)):
        return ""
    return value_text(example)


def _all_text(values: Sequence[object]) -> bool:
    return all(isinstance(one, str) for one in values)


def _lines(kind: str, text: str, info: FieldInfo) -> int:
    """How many lines the field has; 0 is a field of one line only."""
    if kind in (YAML, LINES, TEXTS):
        return max(1 if kind == TEXTS else 2, text.count("\n") + 1)
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    if kind == TEXT and ("\n" in text or len(text) > LONG or extra.get("lines") == "many"):
        return max(2, text.count("\n") + 1)
    return 0


def read_parameters(
    posted: Mapping[str, str],
) -> tuple[dict[str, JsonValue], dict[str, str]]:
    """`{"success.has.lines": "a\\nb"}` as parameters, and a sentence for each unreadable field."""
    values: dict[str, JsonValue] = {}
    problems: dict[str, str] = {}
    for name, text in posted.items():
        *path, kind = name.split(".")
        if not text.strip() or not path or kind not in KINDS:
            continue
        try:
            value = KINDS[kind].read(text)
        except Unreadable as problem:
            problems[name] = str(problem)
            continue
        if path[-1] == "_rest" and not isinstance(value, dict):
            problems[name] = "A mapping of names to values is expected."
        elif isinstance(value, dict) and path[-1] == "_rest":
            _inner(values, path[:-1]).update(value)
        else:
            _inner(values, path[:-1])[path[-1]] = value
    return values, problems


def _inner(values: dict[str, JsonValue], path: Sequence[str]) -> dict[str, JsonValue]:
    for part in path:
        found = values.setdefault(part, {})
        if not isinstance(found, dict):
            found = values[part] = {}
        values = found
    return values
