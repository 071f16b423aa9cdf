"""The filters of the list of events."""

from collections.abc import Sequence
from functools import cache, reduce
from operator import or_
from typing import Any, cast

from django.db import connection
from django.db.models import Q

from portal.forms.filters import Control, FilterForm, Menu, Text
from portal.masking import masked_text
from provisioning.events.models import Event

#: Failed before any rule was asked; a person puts it back. Runs that failed are replayed instead.
UNMATCHED = Q(state=Event.State.FAILED, run_count=0)
#: Its person has to be read and Okta is out, or it follows such an event of the same person.
PARKED = Q(state=Event.State.RECEIVED, lane__in=Event.objects.parked().values("lane"))
#: Could not be held against the rules yet, and will be tried again by itself.
DELAYED = Q(state=Event.State.RECEIVED, parked=False) & ~Q(error_code="")
MOST_TYPES = 200

# One step of the index for each type, and one for its latest event: a plain DISTINCT would read
# every event.
_TYPES = """
WITH RECURSIVE known AS (
    (SELECT event_type FROM provisioning_event ORDER BY event_type LIMIT 1)
    UNION ALL
    SELECT (SELECT event_type FROM provisioning_event
            WHERE event_type > known.event_type ORDER BY event_type LIMIT 1)
    FROM known WHERE known.event_type IS NOT NULL)
SELECT event_type FROM (SELECT event_type FROM known WHERE event_type IS NOT NULL LIMIT %s) AS few
ORDER BY (SELECT max(received_at) FROM provisioning_event AS event
          WHERE event.event_type = few.event_type) DESC, event_type
"""


def event_types() -> list[str]:
    """The types that events have had, at most MOST_TYPES of the alphabet, the latest first."""
    with connection.cursor() as cursor:
        cursor.execute(_TYPES, [MOST_TYPES])
        return [row[0] for row in cursor.fetchall()]


class ResultMenu(Menu):
    """The worst state of an event's runs, or how far it came without any."""

    _SPECIAL = {"unmatched": UNMATCHED, "delayed": DELAYED, "parked": PARKED}

    def condition(self, name: str, value: list[str]) -> Q:
        condition = Q(state__in=[state for state in value if state not in self._SPECIAL])
        for state in set(value) & set(self._SPECIAL):
            condition |= self._SPECIAL[state]
        return condition


class Login(Text):
    """A whole login, or the start of one: whatever has no @ in it."""

    def condition(self, name: str, value: str) -> Q:
        lookup = "exact" if "@" in value else "startswith"
        return Q(**{f"{self.column}__{lookup}": value})


class PersonLogin(Login):
    """As Login, or an Okta id, which begins with 00u."""

    def condition(self, name: str, value: str) -> Q:
        condition = super().condition(name, value)
        return condition | Q(person_id=value) if value.startswith("00u") else condition


class EventFilters(FilterForm):
    time_column = "received_at"
    search_columns = ("person_login", "event_type", "code", "uuid")
    search_label = "Login, type, code or uuid"

    type = Menu("Type", (), column="event_type")
    state = ResultMenu(
        "Result",
        [
            *Event.State.choices,
            ("unmatched", "Could not be matched"),
            ("delayed", "Matching again"),
            ("parked", "Waits for Okta"),
        ],
    )
    source = Menu("Source", Event.Channel.choices, column="channel")
    person = PersonLogin("Person", column="person_login")
    actor = Login("Actor", column="actor_login")
    delivery = Text("Delivery", column="delivery__code")

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        # Asked once, and only where the menu is drawn or a type is chosen.
        self._latest = cache(event_types)
        types = cast(Menu, self.fields["type"])
        types.choices, types.by_use = cache(self._types), self._latest

    def _types(self) -> list[tuple[str, str]]:
        """What there is, and what was asked for: a type without any event is no mistake."""
        asked = [text for text in self._sent_list("type") if text.isprintable() and len(text) < 256]
        known = [name for name in sorted(self._latest()) if masked_text(name) == name]
        return [(name, name) for name in dict.fromkeys([*known, *asked])]

    def menus(self) -> list[Control]:
        """All but the delivery, which links set; it is shown once it is set."""
        return [one for one in super().menus() if one.name != "delivery" or one.value]

    def search(self, text: str) -> Q:
        return self.search_for(text)

    def searches(self, text: str) -> Sequence[Q]:
        return _searches(text)

    @staticmethod
    def search_for(text: str) -> Q:
        return reduce(or_, _searches(text))


def _searches(text: str) -> Sequence[Q]:
    """Whole codes and uuids, beginnings of logins and types: what an index can find."""
    return (
        Q(uuid=text),
        Q(code=text.upper()),
        Q(person_login__startswith=text),
        Q(event_type__startswith=text),
    )
