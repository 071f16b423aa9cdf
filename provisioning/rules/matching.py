"""Which rules listen to an event, and what each says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provisioning.rules.conditions import evaluate
from provisioning.rules.definitions import Definition, load_definition
from provisioning.rules.fields import Facts
from provisioning.rules.models import Rule, RuleVersion


@dataclass(frozen=True, slots=True)
class Listener:
    """A live rule with its current version, ready to be asked."""

    rule_id: int
    name: str
    version_id: int
    number: int
    definition: Definition


@dataclass(frozen=True, slots=True)
class Said:
    """What a listener said: `trace` is the truth table, `why` the first thing that decided."""

    listener: Listener
    matched: bool
    trace: Mapping[str, Any]
    why: str


#: digest -> definition. A digest says what the definition is, so an entry is never out of date.
_definitions: dict[str, Definition] = {}
_MOST_KEPT = 5_000


def listeners() -> dict[str, list[Listener]]:
    """Event type -> the live rules that listen to it, by name."""
    if len(_definitions) > _MOST_KEPT:
        _definitions.clear()
    rows = list(
        Rule.objects.live()
        .order_by("name")
        .values_list("id", "name", "current_id", "current__number", "current__digest")
    )
    _read({version: digest for _, _, version, _, digest in rows if digest not in _definitions})
    by_type: dict[str, list[Listener]] = {}
    for rule_id, name, version_id, number, digest in rows:
        listener = Listener(rule_id, name, version_id, number, _definitions[digest])
        for event_type in listener.definition.on:
            by_type.setdefault(event_type, []).append(listener)
    return by_type


def _read(wanted: Mapping[int, str]) -> None:
    """Read definitions by version id, all in one query; versions never change."""
    if not wanted:
        return
    for pk, definition in RuleVersion.objects.filter(pk__in=wanted).values_list("pk", "definition"):
        _definitions[wanted[pk]] = load_definition(definition)


def ask(listeners: Sequence[Listener], facts: Facts) -> list[Said]:
    """The verdict of each listener. Pure: nothing is read, nothing is stored."""
    return [ask_one(listener, facts) for listener in listeners]


def ask_one(listener: Listener, facts: Facts) -> Said:
    verdict = evaluate(listener.definition.when, facts)
    trace = {"tree": verdict.trace, "matches": dict(verdict.matches)}
    return Said(listener, verdict.matched, trace, verdict.why_not)
