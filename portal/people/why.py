"""Why a rule applies to a person, or does not: now, and as it was at an event of the past.

Everything is computed from what is stored. Nothing is called and nothing is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal import truth
from portal.masking import masked_text
from portal.rule_reading import unmasked_definition_of
from provisioning.events.models import Event, EventProfile, Person
from provisioning.events.reading import parse
from provisioning.rules.conditions import evaluate
from provisioning.rules.definitions import Definition
from provisioning.rules.fields import Facts, facts_of
from provisioning.rules.models import Rule, RuleVersion, Verdict
from provisioning.runs.seeing import facts, groups_of

#: Past events to choose from.
MOST_EVENTS = 25
_COLUMNS = ("code", "event_type", "received_at", "person_id", "person_login")


@dataclass(frozen=True, slots=True)
class Look:
    """One truth table. `held_against` says in words what it was made from; `doubts` what is not
    known and so found no value."""

    matched: bool
    why_not: str
    rows: Sequence[truth.Row]
    held_against: Sequence[str]
    doubts: Sequence[str]
    event: Event | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """What the rule really said when the event came, with the version it had then."""

    version: int
    matched: bool
    why: str


def rule_choices() -> list[tuple[str, str]]:
    """Name and title of every rule that has a version."""
    rows = Rule.objects.exclude(current=None).order_by("name")
    pairs = rows.values_list("name", "current__title", "enabled")
    return [(name, _title(name, title, on)) for name, title, on in pairs]


def _title(name: str, title: str | None, on: bool) -> str:
    return f"{masked_text(title or name)}{'' if on else ' (off)'}"


def past_events(okta_id: str) -> list[Event]:
    """The last events of a person that a rule can be held against."""
    events = Event.objects.filter(person_id=okta_id).exclude(state=Event.State.QUARANTINED)
    return list(events.only(*_COLUMNS).order_by("-received_at", "-id")[:MOST_EVENTS])


def event_of(okta_id: str, code: str) -> Event | None:
    events = Event.objects.filter(code=code, person_id=okta_id)
    return events.exclude(state=Event.State.QUARANTINED).select_related("profile_read").first()


def now(person: Person, version: RuleVersion) -> Look:
    """With the profile as known now, and the person's last event that the rule starts on."""
    definition = unmasked_definition_of(version)
    events = Event.objects.filter(person_id=person.pk, event_type__in=version.event_types)
    events = events.exclude(state=Event.State.QUARANTINED).select_related("profile_read")
    event = events.order_by("-received_at", "-id").first()
    groups = _last_groups(person) if definition.needs_groups else None
    seen = facts_of(
        parse(event.body) if event else {},
        user=person.user,
        previous=_before(person, event),
        groups=groups_of(groups),
        person_is_new=_was_new(person, event),
    )
    held = [_with_event(event), _with_profile(person)]
    if groups is not None:
        held.append(f"groups as read at {groups.read_at:%Y-%m-%d %H:%M:%S} UTC")
    doubts = _doubts(definition, seen)
    return _look(definition, seen, event, person.user_read_at, (held, doubts))


def then(event: Event, version: RuleVersion) -> Look:
    """With the profile as it was read when the event came."""
    definition = unmasked_definition_of(version)
    profile = _profile(event)
    seen = facts(event, profile)
    held = ["this event", "the profile as read when it came" if profile else "no profile"]
    doubts = _doubts(definition, seen)
    if event.event_type not in version.event_types:
        kind = masked_text(event.event_type)
        doubts.insert(0, f"This rule does not start on {kind}; it is never asked about it.")
    read_at = profile.read_at if profile else None
    return _look(definition, seen, event, read_at, (held, doubts))


def said_then(event: Event, rule: Rule) -> Said | None:
    """The stored verdict, where the rule was asked about the event."""
    rows = Verdict.objects.filter(event=event, rule=rule).select_related("version")
    verdict = rows.defer("version__definition", "version__source", "trace").order_by("-id").first()
    if verdict is None:
        return None
    return Said(verdict.version.number, verdict.matched, masked_text(verdict.why))


def _look(
    definition: Definition,
    seen: Facts,
    event: Event | None,
    read_at: datetime | None,
    words: tuple[Sequence[str], Sequence[str]],
) -> Look:
    verdict = evaluate(definition.when, seen)
    rows = truth.rows(verdict.trace)
    why_not = masked_text(verdict.why_not)
    return Look(verdict.matched, why_not, rows, words[0], words[1], event, read_at)


def _profile(event: Event | None) -> EventProfile | None:
    try:
        return event.profile_read if event else None
    except EventProfile.DoesNotExist:
        return None


def _last_groups(person: Person) -> EventProfile | None:
    rows = EventProfile.objects.filter(event__person_id=person.pk, groups__isnull=False)
    return rows.only("read_at", "groups").order_by("-event__received_at", "-event_id").first()


def _before(person: Person, event: Event | None) -> Any:
    """What the profile is compared with: as at the event while nothing changed since, so that
    both tables say the same then; else the profile before the last change."""
    profile = _profile(event)
    return profile.previous if profile and profile.user == person.user else person.previous


def _was_new(person: Person, event: Event | None) -> bool:
    profile = _profile(event)
    return bool(profile and profile.user == person.user and profile.person_is_new)


def _with_event(event: Event | None) -> str:
    if event is None:
        return "no event, for this person has had none that the rule starts on"
    return f"the last event that it starts on, {masked_text(event.event_type)}"


def _with_profile(person: Person) -> str:
    return "the profile as known now" if person.user is not None else "no profile"


def _doubts(definition: Definition, seen: Facts) -> list[str]:
    found = []
    if definition.needs_user and seen.user is None:
        found.append("The profile was not read, so conditions on it find no value.")
    if definition.needs_groups and seen.groups is None:
        found.append("The groups were not read, so conditions on them find no value.")
    if not seen.event.get("eventType"):
        found.append("Without an event, conditions on it find no value.")
    return found
