"""What conditions can look at, as far as what is stored shows it, and how often events come.

Three short queries by index; nothing is counted further than MOST_COUNTED.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from pydantic import JsonValue

from provisioning.events.models import Event, EventProfile
from provisioning.events.reading import parse
from provisioning.rules.fields import facts_of

DAYS = 30
MOST_COUNTED = 1_000
MOST_TYPES = 60
MOST_FIELDS = 60
_SAMPLES, _PROFILES = 3, 20
_NAME = re.compile(r"[\w-]{1,60}")

# One step of the index for each type, and no more than MOST_COUNTED entries of each.
_COUNTS = """
WITH RECURSIVE known AS (
    (SELECT event_type FROM provisioning_event ORDER BY event_type LIMIT 1)
    UNION ALL
    SELECT (SELECT event_type FROM provisioning_event
            WHERE event_type > known.event_type ORDER BY event_type LIMIT 1)
    FROM known WHERE known.event_type IS NOT NULL)
SELECT known.event_type,
       (SELECT count(*) FROM (
            SELECT 1 FROM provisioning_event AS event
            WHERE event.event_type = known.event_type AND event.received_at >= %s
            LIMIT %s) AS counted)
FROM known WHERE known.event_type IS NOT NULL LIMIT %s
"""

_ALWAYS = (
    "user.id", "user.status", "user.profile.login", "user.profile.email", "user.profile.firstName",
    "user.profile.lastName", "user.profile.department", "user.profile.title",
    "user.profile.userType", "user.profile.manager", "previous.status", "groups", "group.id",
    "group.name", "app.id", "app.name", "actor.id", "actor.type", "actor.alternateId",
    "actor.displayName", "event.eventType", "event.outcome.result", "event.outcome.reason",
    "event.client.ipAddress", "event.target.User.alternateId", "event.target.User.displayName",
)  # fmt: skip
#: roots whose fields are seen in the events themselves
_OF_EVENTS = ("event", "actor", "group", "app")


@dataclass(frozen=True, slots=True)
class Known:
    """`types`: event type -> how often it came. `attributes`: of profiles, as far as seen."""

    types: Mapping[str, int]
    fields: Sequence[str]
    attributes: frozenset[str]
    in_events: frozenset[str]

    def names_under(self, place: str) -> set[str]:
        """The last names of the fields of events at one place."""
        split = (field.rpartition(".") for field in self.in_events)
        return {name for parent, _, name in split if parent == place}

    def doubt(self, field: str) -> str:
        """A sentence about a field that nothing stored has; empty where one has it."""
        root, *rest = field.split(".")
        if root in ("user", "previous") and rest[:1] == ["profile"] and len(rest) == 2:
            if self.attributes and rest[1] not in self.attributes:
                return f"No profile read so far has {rest[1]}."
        elif root in _OF_EVENTS and self.in_events and field not in {*_ALWAYS, *self.in_events}:
            return "The latest events of these types do not have it."
        return ""


def times_text(count: int | None) -> str:
    """`about 7 a day`, from how often it came in 30 days."""
    if not count:
        return f"none in {DAYS} days"
    if count >= MOST_COUNTED:
        return f"more than {MOST_COUNTED // DAYS} a day"
    return f"about {round(count / DAYS)} a day" if count >= DAYS else f"{count} in {DAYS} days"


def known(types: Sequence[str], *, now: datetime) -> Known:
    attributes = _attributes()
    in_events = _in_events(types)
    listed = dict.fromkeys([
        *_ALWAYS,
        *(f"user.profile.{name}" for name in sorted(attributes)),
        *sorted(in_events),
    ])  # fmt: skip
    return Known(_counts(now), [*listed][:MOST_FIELDS], attributes, in_events)


def _counts(now: datetime) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [now - timedelta(days=DAYS), MOST_COUNTED, MOST_TYPES])
        return {str(name): int(count) for name, count in cursor.fetchall()}


def _attributes() -> frozenset[str]:
    """The names of profile attributes, of those last read."""
    users = EventProfile.objects.order_by("-pk").values_list("user", flat=True)[:_PROFILES]
    found: set[str] = set()
    for user in users:
        profile = user.get("profile") if isinstance(user, dict) else None
        found |= {name for name in profile if _NAME.fullmatch(name)} if profile else set()
    return frozenset(found)


def _in_events(types: Sequence[str]) -> frozenset[str]:
    """The paths of every plain value in the latest events of these types."""
    if not types:
        return frozenset()
    parts = [
        Event.objects.filter(event_type=one)
        .exclude(state=Event.State.QUARANTINED)
        .order_by("-received_at", "-id")
        .values_list("body", flat=True)[:_SAMPLES]
        for one in types[:10]
    ]
    bodies = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    found: set[str] = set()
    for body in bodies:
        names = facts_of(parse(body)).names()
        for root in _OF_EVENTS:
            found |= set(_paths(names.get(root), root))
    return frozenset(found)


def _paths(value: JsonValue, path: str, depth: int = 0) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            if depth < 6 and _NAME.fullmatch(key):
                yield from _paths(part, f"{path}.{key}", depth + 1)
    elif value is not None and depth:
        yield path
