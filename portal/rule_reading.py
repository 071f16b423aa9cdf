"""A rule as its pages tell it: conditions and steps to read, and how it did in the last 30 days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from portal import charts
from portal.masking import masked
from provisioning.actions.registry import ACTIONS
from provisioning.rules.definitions import Definition, load_definition
from provisioning.rules.describing import field_text, value_text
from provisioning.rules.models import Rule, RuleVersion
from provisioning.rules.operators import OPERATORS, Needs
from provisioning.rules.schema import StepDefinition
from provisioning.rules.tree import AllOf, AnyOf, Check, Condition, Negation
from provisioning.runs.models import Run

DAYS = 30


@dataclass(frozen=True, slots=True)
class Node:
    """A group of conditions with its title, or one condition with field, words and value."""

    title: str = ""
    nodes: tuple["Node", ...] = ()
    field: str = ""
    path: str = ""
    words: str = ""
    value: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class StepText:
    """A step to read: its parameters as they are written, nested ones by their path."""

    number: int
    key: str
    title: str
    action: str
    summary: str
    effect: str
    parameters: tuple[tuple[str, str], ...]


def definition_of(version: RuleVersion) -> Definition:
    """What the version says, without secrets that somebody wrote into it."""
    return load_definition(masked(version.definition))


def unmasked_definition_of(version: RuleVersion) -> Definition:
    """What the version says, to be held against an event; not to be shown."""
    return load_definition(version.definition)


def conditions(node: Condition | None) -> Node | None:
    """The tree to read; a rule of one condition alone has a group around it. None for always."""
    if node is None:
        return None
    read = _node(node)
    return read if read.nodes else Node("This is true", (read,))


def _node(node: Condition) -> Node:
    match node:
        case AllOf():
            return Node("All of these are true", tuple(_node(part) for part in node.parts))
        case AnyOf():
            return Node("At least one of these is true", tuple(_node(part) for part in node.parts))
        case Negation():
            return Node("This is not true", (_node(node.part),))
        case Check():
            return _check(node)


def _check(check: Check) -> Node:
    operator = OPERATORS[check.op]
    return Node(
        field=field_text(check.field),
        path=check.field,
        words=operator.words,
        value="" if operator.needs is Needs.NOTHING else value_text(check.value),
        note="upper and lower case alike" if check.ignore_case else "",
    )


def step_texts(steps: Sequence[StepDefinition]) -> list[StepText]:
    return [_step(number, step) for number, step in enumerate(steps, start=1)]


def _step(number: int, step: StepDefinition) -> StepText:
    action = ACTIONS.get(step.action)
    return StepText(
        number=number,
        key=step.id,
        title=action.title if action else step.action,
        action=step.action,
        summary=action.summary if action else "There is no such action any more.",
        effect=action.effect.value if action else "",
        parameters=tuple(flat(step.with_)),
    )


def flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:  # JSON
    """Every text, number and so on inside a JSON value, with its path."""
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from flat(part, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(part, dict | list) for part in value):
        for number, part in enumerate(value, start=1):
            yield from flat(part, f"{path}[{number}]")
    else:
        yield path, value if isinstance(value, str) else value_text(value)


@dataclass(slots=True)
class Record:
    """How a rule did: its live runs for each of the last 30 days, oldest first."""

    days: list[int] = field(default_factory=lambda: [0] * DAYS)
    stopped: int = 0

    @property
    def matches(self) -> int:
        return sum(self.days)

    @property
    def share(self) -> str:
        """`2.5 %` of the runs stopped; empty where there were none."""
        if not self.matches:
            return ""
        share = 100 * self.stopped / self.matches
        return f"{share:.1f} %" if 0 < share < 10 else f"{share:.0f} %"

    @property
    def spark(self) -> charts.Spark:
        text = f"{self.matches:,} matches in {DAYS} days, {self.days[-1]:,} today"
        return charts.sparkline(self.days, text)


def records(rules: Sequence[Rule], now: datetime) -> dict[int, Record]:
    """By primary key of the rule. One query."""
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    live = Run.objects.filter(rule__in=[rule.pk for rule in rules], mode=Run.Mode.LIVE)
    rows = (
        live.filter(created_at__gte=begin)
        .values("rule_id", day=TruncDate("created_at"))
        .annotate(runs=Count("pk"), stopped=Count("pk", filter=Q(state__in=Run.STOPPED_STATES)))
        .order_by()
    )
    found = {rule.pk: Record() for rule in rules}
    for row in rows:
        record = found[row["rule_id"]]
        record.days[min((row["day"] - begin.date()).days, DAYS - 1)] += row["runs"]
        record.stopped += row["stopped"]
    return found
