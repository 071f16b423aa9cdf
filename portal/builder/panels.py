"""What a rule says of approval and of limits: a word to choose, and the fields of a mapping."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from pydantic import BaseModel, JsonValue

from portal.builder.controls import Control, Option
from portal.builder.parameters import Block, block_of, read_parameters
from portal.builder.strict import same
from provisioning.rules.approval import Demand
from provisioning.rules.limits import Limits

APPROVAL, LIMITS = "approval", "limits"
#: chosen where the value has no fields here and stands under "Other keys"
ELSEWHERE = "elsewhere"
_REQUIRED, _MAPPING = "required", "mapping"


@dataclass(frozen=True, slots=True)
class _Shape:
    """`spoken` is the word with which the fields count; `bare` what it means without any."""

    label: str
    model: type[BaseModel]
    words: Mapping[str, str]
    spoken: str
    bare: JsonValue
    first: Sequence[str]


_SHAPES: Mapping[str, _Shape] = {
    APPROVAL: _Shape(
        "Before each run",
        Demand,
        {"": "Nobody has to agree", _REQUIRED: "Somebody else has to agree"},
        _REQUIRED,
        _REQUIRED,
        ("needed", "expires"),
    ),
    LIMITS: _Shape(
        "How much at once",
        Limits,
        {"": "As much as the defaults", _MAPPING: "As much as is said here", "none": "No limits"},
        _MAPPING,
        {},
        ("per", "runs", "grant", "revoke", "share"),
    ),
}


@dataclass(slots=True)
class Panel:
    """`note` says what holds although it does not stand here; the block is shown where `spoken`."""

    choice: Control
    block: Block
    note: str = ""
    spoken: bool = False

    def controls(self) -> Iterator[Control]:
        # Where other keys are written out as YAML, what is wrong with them belongs there.
        yield from self.block.controls()
        yield self.choice


def panel(key: str, head: Mapping[str, JsonValue]) -> Panel:
    """The panel of `approval` or `limits`; what it cannot say exactly stands elsewhere."""
    if key not in head:
        return _panel(key, "", {})
    value = head[key]
    given = value if isinstance(value, dict) else {}
    word = _SHAPES[key].spoken if given or value == {} else value
    chosen = word if isinstance(word, str) and word.isprintable() else ELSEWHERE
    made = _panel(key, chosen, given)
    found, _ = read_panel(key, {one.name: one.value for one in made.controls()})
    return made if same(found, {key: value}) else _panel(key, ELSEWHERE, {})


def _panel(key: str, word: str, given: Mapping[str, JsonValue]) -> Panel:
    shape = _SHAPES[key]
    options = [Option(value, label) for value, label in shape.words.items()]
    if word not in shape.words:
        options.append(Option(word, "As under “Other keys”" if word == ELSEWHERE else word))
    choice = Control(key, word, shape.label, (key,), options=options)
    block = block_of(shape.model, given, key, (key,))
    for one in block.all_fields:
        if isinstance(one, Control) and (name := _key(one.name)) != "_rest":
            one.example = _left_out(name, shape.model.model_fields[name].default)
    names = [*shape.model.model_fields, "_rest"]
    every = sorted(block.all_fields, key=lambda one: names.index(_key(one.name)))
    shown = {*shape.first, *given, "_rest"}
    block.fields = [one for one in every if _key(one.name) in shown]
    block.more = [one for one in every if _key(one.name) not in shown]
    return Panel(choice, block, spoken=word == shape.spoken)


def _left_out(name: str, default: object) -> str:
    """What holds where the field is left empty."""
    given = {"runs": settings.DEFAULT_LIMIT_RUNS, "revoke": settings.DEFAULT_LIMIT_REVOKES}
    value = given.get(name) if default is None else default
    return ", ".join(value) if isinstance(value, list) else str(value or "no limit")


def _key(name: str) -> str:
    return name.split(".")[1]


def told(key: str, head: Mapping[str, JsonValue]) -> bool:
    """Whether the panel says it all, so that nothing of it stands under "Other keys"."""
    return key in _SHAPES and panel(key, head).choice.value != ELSEWHERE


def read_panel(key: str, posted: Mapping[str, str]) -> tuple[dict[str, JsonValue], dict[str, str]]:
    """What a form says of `key`, as that key of a definition, and each field that is unreadable.

    Without the word that makes them count, the fields say nothing: the page does not show them.
    """
    shape, word = _SHAPES[key], posted.get(key, "").strip()
    if word in ("", ELSEWHERE):
        return {}, {}
    if word != shape.spoken:
        return {key: word}, {}
    inside = {
        name.removeprefix(f"{key}."): text
        for name, text in posted.items()
        if name.startswith(f"{key}.")
    }
    values, wrong = read_parameters(inside)
    return {key: values or shape.bare}, {f"{key}.{name}": text for name, text in wrong.items()}


def explain(approval: Panel, limits: Panel, *, step_asks: bool) -> None:
    """Say what holds where the panels are left as they are."""
    if not approval.choice.value and step_asks:
        approval.note = "A step needs approval, so one approver has to agree within 4 days."
    runs, revokes = settings.DEFAULT_LIMIT_RUNS, settings.DEFAULT_LIMIT_REVOKES
    limits.choice.help = (
        f"More than this waits for people before it begins. The defaults of this installation: "
        f"{_count(runs, 'runs')} and {_count(revokes, 'steps that take something away')} an hour. "
        "Save the choice to say how much."
    )
    approval.choice.help = "Approvers see exactly what a run would do. Save the choice to say more."


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number else f"any number of {what}"
