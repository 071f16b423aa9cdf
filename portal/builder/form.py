"""The whole builder as fields: what is shown for a definition, and the values it posts back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from portal.builder import notation
from portal.builder.controls import Control, Option
from portal.builder.panels import APPROVAL, LIMITS, Panel, explain, panel
from portal.builder.parts import Parts, parts_of, shown_head
from portal.builder.stepping import Actions, StepForm, step_form
from portal.builder.strict import yaml_of
from portal.builder.tree import KINDS as GROUPS
from portal.builder.tree import NOT, Group, Leaf, Node, Number
from portal.builder.tree import walk as walk_tree
from provisioning.rules.describing import check_text
from provisioning.rules.operators import OPERATORS, Needs
from provisioning.rules.problems import Path

_LEVELS = 4


@dataclass(slots=True)
class Line:
    """A group with its parts, or one condition, as it is drawn."""

    number: str
    place: Path
    level: int
    kind: Control | None = None
    parts: "list[Line]" = field(default_factory=list)
    subject: Control | None = None
    op: Control | None = None
    value: Control | None = None
    ignore_case: bool = False
    folds_case: bool = False
    raw: Control | None = None
    #: `said` is the condition in words; `sentence` the same once it is right
    said: str = ""
    sentence: str = ""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def complained_of(self) -> bool:
        wrong = self.problems or any(one.problems for one in self.controls())
        return bool(wrong or self.notes)

    def all(self) -> "Iterator[Line]":
        yield self
        for part in self.parts:
            yield from part.all()

    def controls(self) -> Iterator[Control]:
        yield from (one for one in (self.kind, self.subject, self.op, self.value, self.raw) if one)


@dataclass(slots=True)
class Section:
    """What is wrong with a part of the rule as a whole."""

    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Form:
    """`when` and `then` hold what is wrong with the event types and the steps together."""

    title: Control
    description: Control
    off: bool
    types: list[Control]
    root: Line
    steps: list[StepForm]
    approval: Panel
    limits: Panel
    rest: Control | None = None
    when: Section = field(default_factory=Section)
    then: Section = field(default_factory=Section)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def controls(self) -> Iterator[Control]:
        yield from (self.title, self.description, *self.types)
        yield from ([self.rest] if self.rest else [])
        for line in self.root.all():
            yield from line.controls()
        for step in self.steps:
            yield from step.controls()
        yield from (*self.approval.controls(), *self.limits.controls())

    def wrong(self) -> int:
        """How many problems are shown."""
        told = [self.problems, self.when.problems, self.then.problems]
        told += [line.problems for line in self.root.all()]
        told += [step.problems for step in self.steps]
        told += [control.problems for control in self.controls()]
        return sum(map(len, told))

    def fields(self) -> dict[str, str]:
        """Name -> value, as a browser posts it."""
        found = {one.name: one.value for one in self.controls()}
        found |= {f"s.{step.number}.action": step.action for step in self.steps if not step.raw}
        ignoring = (line for line in self.root.all() if line.ignore_case)
        found |= {f"c.{line.number}.ignore_case": "1" for line in ignoring}
        return {**found, "off": "1"} if self.off else found


def form_of(definition: Mapping[str, JsonValue], actions: Actions) -> Form:
    return form(parts_of(definition), actions)


def form(parts: Parts, actions: Actions) -> Form:
    head, rest = shown_head(parts.head)
    types = [
        Control(f"on.{number}", str(one), f"Event type {number}", ("on", number - 1))
        for number, one in enumerate(parts.on, start=1)
    ]
    places = {number: (node, place) for number, node, place in walk_tree(parts.tree)}
    made = Form(
        title=Control("title", head.get("title", ""), "Title", ("title",)),
        description=Control(
            "description", head.get("description", ""), "Description", ("description",), lines=2
        ),
        off=bool(head.get("off")),
        types=types,
        root=_line((1,), places),
        steps=[step_form(number, one, actions) for number, one in enumerate(parts.steps, start=1)],
        approval=panel(APPROVAL, parts.head),
        limits=panel(LIMITS, parts.head),
    )
    explain(made.approval, made.limits, step_asks=any(step.asks for step in made.steps))
    if rest:
        text = yaml_of(rest)
        made.rest = Control("rest", text, "Other keys", lines=text.count("\n") + 1)
    return made


def _line(number: Number, places: Mapping[Number, tuple[Node, Path]]) -> Line:
    node, place = places[number]
    text = ".".join(map(str, number))
    line = Line(text, place, min(len(number), _LEVELS))
    prefix = f"c.{text}"
    if isinstance(node, Group):
        line.kind = _kind(node, prefix, text, place)
        line.parts = [_line((*number, at), places) for at in range(1, len(node.parts) + 1)]
    elif node.raw is not None:
        count = node.raw.count("\n") + 1
        line.raw = Control(f"{prefix}.raw", node.raw, f"Condition {text}", place, lines=count)
    else:
        _fill(line, node, prefix, text)
    return line


def _kind(group: Group, prefix: str, text: str, place: Path) -> Control:
    options = [Option(value, words) for value, words in GROUPS.items()]
    if group.kind == NOT:
        options[2] = Option(NOT, GROUPS["none"])
    return Control(f"{prefix}.kind", group.kind, f"Group {text}", place, options=options)


def _fill(line: Line, leaf: Leaf, prefix: str, text: str) -> None:
    words = OPERATORS.get(leaf.op)
    line.subject = Control(f"{prefix}.field", leaf.field, f"Field of condition {text}",
                         (*line.place, "field"), required=True)  # fmt: skip
    options = [Option(op, one.words) for op, one in OPERATORS.items()]
    if words is None:
        options.append(Option(leaf.op, leaf.op))
    line.op = Control(f"{prefix}.op", leaf.op, f"Operator of condition {text}",
                      (*line.place, "op"), options=options)  # fmt: skip
    line.folds_case = words is None or words.folds_case or leaf.ignore_case
    line.ignore_case = leaf.ignore_case
    needs = notation.needs_of(leaf.op)
    if words is not None:
        value = notation.read(leaf.value, needs)
        line.said = check_text(leaf.field, leaf.op, value, leaf.ignore_case)
    if needs is not Needs.NOTHING:
        line.value = Control(f"{prefix}.value", leaf.value, f"Value of condition {text}",
                             (*line.place, "value"), example=_HINTS.get(needs, ""))  # fmt: skip


_HINTS = {
    Needs.SCALARS: "Engineering, Data",
    Needs.PATTERN: "^eng-",
    Needs.ORDERED: "5 or 2026-11-20",
    Needs.NAMES: "a group, or several",
}
