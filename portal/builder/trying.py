"""A draft held against a person or a past event while it is written. Nothing is called.

A draft that is not right yet is held as far as it goes: its conditions if they are right, and each
step for itself.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue, TypeAdapter, ValidationError

from audit.codes import PATTERN
from portal import truth
from portal.builder.controls import Control
from portal.builder.form import Form
from portal.builder.stepping import StepForm
from portal.builder.strict import yaml_of
from portal.forms.people_filters import beginning_with
from portal.masking import masked, masked_text
from portal.people.links import OKTA_ID
from provisioning.actions.registry import ACTIONS
from provisioning.events.models import Event, EventProfile, Person
from provisioning.rules.bounds import storable
from provisioning.rules.conditions import Verdict, checks, evaluate
from provisioning.rules.fields import Facts, facts_of
from provisioning.rules.previews import preview_step, resolved
from provisioning.rules.problems import Path
from provisioning.rules.seeing import facts
from provisioning.rules.templating import html_keys, is_template
from provisioning.rules.tree import Condition

MOST_FOUND = 6
SHOWN = 400
#: A truth table with more conditions than this is shortened to those that decided.
MOST_ROWS = 10
_CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)
_SUBJECT = re.compile(rf"(?:(event):({PATTERN})|(person):({OKTA_ID}))")
_COLUMNS = ("code", "event_type", "received_at", "person_login", "person_name", "actor_login")


@dataclass(frozen=True, slots=True)
class Subject:
    """A person or an event to try the draft on; `key` is what the form carries."""

    key: str
    label: str
    facts: Facts
    event: Event | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    key: str
    label: str
    about: str


@dataclass(slots=True)
class Tried:
    """`verdict` is None where the conditions are not right yet."""

    subject: Subject
    verdict: Verdict | None
    listens: bool
    rows: Sequence[truth.Row] = ()
    shortened: bool = False
    doubts: list[str] = field(default_factory=list)


def subject_of(key: str) -> Subject | None:
    """The person or event of a key such as `event:4H7K…`; None where there is none."""
    found = _SUBJECT.fullmatch(key)
    if found is None:
        return None
    if found[1]:
        events = Event.objects.filter(code=found[2]).exclude(state=Event.State.QUARANTINED)
        event = events.first()
        if event is None:
            return None
        profile = EventProfile.objects.filter(pk=event.pk).first()
        return Subject(key, masked_text(_who(event)), facts(event, profile), event)
    person = Person.objects.filter(pk=found[4]).first()
    if person is None:
        return None
    seen = facts_of({}, user=person.user, previous=person.previous)
    return Subject(key, masked_text(person.login or person.pk), seen)


def found(text: str, types: Sequence[str]) -> list[Choice]:
    """People and events whose person begins with the text; without one, the latest events."""
    text = storable(text.strip()[:200])
    events = Event.objects.exclude(state=Event.State.QUARANTINED).only(*_COLUMNS)
    people: list[Person] = []
    if text:
        rows = Person.objects.filter(beginning_with(text)).only("okta_id", "login", "name")
        people = list(rows.order_by("login", "pk")[:MOST_FOUND])
        events = events.filter(person_login__startswith=text)
    events = events.filter(event_type__in=types) if types else events
    listed = list(events.order_by("-received_at", "-id")[:MOST_FOUND])
    return [*map(_of_person, people), *map(_of_event, listed)]


def _of_person(person: Person) -> Choice:
    label = masked_text(person.login or person.pk)
    return Choice(f"person:{person.pk}", label, masked_text(person.name or "a person"))


def _of_event(event: Event) -> Choice:
    about = f"{event.event_type}, {event.received_at:%Y-%m-%d %H:%M} UTC"
    return Choice(f"event:{event.code}", masked_text(_who(event)), masked_text(about))


def _who(event: Event) -> str:
    return event.person_login or event.person_name or event.actor_login or "nobody"


def try_on(subject: Subject, definition: Mapping[str, JsonValue], form: Form) -> Tried:
    """What the draft says of the subject; each step and template in the form says what it gives."""
    verdict = _verdict(definition.get("when"), subject.facts)
    types = definition.get("on")
    event = subject.event
    listens = event is None or (isinstance(types, list) and event.event_type in types)
    tried = Tried(subject, verdict, listens, *_rows(verdict))
    if event is None:
        tried.doubts.append("Only the profile is known here, not an event or groups.")
    elif subject.facts.user is None:
        tried.doubts.append("The person's profile was not read when this event came.")
    names = _names(subject.facts, verdict, str(definition.get("name")))
    steps = definition.get("do")
    for step, data in zip(form.steps, steps if isinstance(steps, list) else (), strict=False):
        if isinstance(data, dict) and step.block is not None:
            _try_step(step, data.get("with", {}), names)
    return tried


def _rows(verdict: Verdict | None) -> tuple[Sequence[truth.Row], bool]:
    """The truth table; of a long one only what decided, and that it is not all."""
    if verdict is None:
        return (), False
    every = list(checks(verdict.trace))
    if len(every) <= MOST_ROWS:
        return truth.rows(verdict.trace), False
    decided = [one for one in every if one["decided"]][:MOST_ROWS]
    return [row for one in decided for row in truth.rows(one)], True


def _verdict(when: JsonValue, seen: Facts) -> Verdict | None:
    if when is None:
        return evaluate(None, seen)
    try:
        return evaluate(_CONDITION.validate_python(when), seen)
    except (ValidationError, RecursionError):
        return None


def _names(seen: Facts, verdict: Verdict | None, rule: str) -> dict[str, JsonValue]:
    return {
        **seen.names(),
        "match": dict(verdict.matches) if verdict else {},
        "run": {"code": "preview"},
        "rule": {"name": rule},
    }


def _try_step(step: StepForm, given: JsonValue, names: Mapping[str, JsonValue]) -> None:
    action = ACTIONS.get(step.action)
    html = html_keys(action.params) if action else frozenset()
    for control in step.controls():
        if control.place[2:3] != ("with",):
            continue
        value = _at(given, control.place[3:])
        if is_template(value):
            as_html = len(control.place) == 4 and control.place[3] in html
            _fill(control, value, names, as_html=as_html)
    said = preview_step(step.number, step.key, step.action, given, names)
    step.sentence = masked_text(said.sentence)
    if said.params is not None and not step.problems:
        step.problems += [masked_text(one) for one in said.problems]


def _fill(
    control: Control, value: JsonValue, names: Mapping[str, JsonValue], *, as_html: bool
) -> None:
    given, problem = resolved(value, names, html=as_html)
    if problem:
        control.cannot = masked_text(problem)
        return
    key = str(control.place[-1])
    safe: Any = masked({key: given})[key]
    text = safe if isinstance(safe, str) else yaml_of(safe)
    control.gives = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _at(value: JsonValue, path: Path) -> JsonValue:
    for part in path:
        value = value.get(str(part)) if isinstance(value, dict) else None
    return value
