"""The filters of the list of runs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Collate

from portal.forms.arrays import EqualsAny
from portal.forms.filters import FilterForm, Menu, Text
from provisioning.events.models import Person
from provisioning.rules.models import Rule
from provisioning.runs.models import CAUSE_WAITS, Run

#: People whose name or login holds the searched text; beyond that the text says too little.
MOST_PEOPLE = 500
_NEVER = datetime.min.replace(tzinfo=UTC)


class Needs(Menu):
    """Stopped, and nobody has said yet what becomes of it."""

    def condition(self, name: str, value: list[str]) -> Q:
        stopped = Q(state__in=Run.STOPPED_STATES, superseded=False, handling__isnull=True)
        return stopped & CAUSE_WAITS


class RunFilters(FilterForm):
    time_column = "created_at"
    search_columns = ("person_login", "rule__name", "code")
    search_label = "Person, rule or run"
    state = Menu("State", Run.State.choices)
    rule = Menu("Rule", ())
    person = Text("Person", column="person_login")
    mode = Menu("Mode", Run.Mode.choices)
    event = Text("Event", column="event__code")
    needs = Needs("Needs", [("person", "A person")])
    replayed = Menu("Replayed", [("False", "No"), ("True", "Yes")], column="superseded")

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        rules = _rules()
        self._rules = {name: pk for name, pk, _ in rules}
        latest = sorted(rules, key=lambda rule: rule[2] or _NEVER, reverse=True)
        pairs, by_use = [(name, name) for name in self._rules], [name for name, *_ in latest]
        self.fields["rule"] = Menu("Rule", pairs, "rule__name", by_use)

    def search(self, text: str) -> Q:
        return reduce(or_, self.searches(text))

    def searches(self, text: str) -> Sequence[Q]:
        """Each part is one that an index answers: a search never reads all runs."""
        rules = [pk for name, pk in self._rules.items() if text.lower() in name]
        return (
            Q(code=text.upper()),
            Q(person_login=text),
            of_people_like(text),
            Q(rule_id__in=rules),
        )


def _rules() -> list[tuple[str, int, datetime | None]]:
    """Name and key of every rule, by name, and when its latest run was made. One query."""
    runs = Run.objects.filter(rule=OuterRef("pk")).order_by("-created_at", "-id")
    latest = Subquery(runs.values("created_at")[:1])
    return list(Rule.objects.order_by("name").values_list("name", "pk", latest))


def of_people_like(text: str) -> Q:
    """Runs of people whose login or name holds the text: of the first MOST_PEOPLE by login."""
    people = Person.objects.filter(Q(login__icontains=text) | Q(name__icontains=text))
    # Compared, and found by the index, in the collation of the runs' column.
    logins = people.order_by("login").values_list(Collate("login", "C"))[:MOST_PEOPLE]
    return Q(EqualsAny(F("person_login"), ArraySubquery(logins)))
