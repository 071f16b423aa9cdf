"""The filters of the list of runs."""

from typing import Any

from django.db.models import Q

from portal.forms.filters import FilterForm, Menu, Text
from provisioning.events.models import Person
from provisioning.rules.models import Rule
from provisioning.runs.models import Run

#: People whose name or login holds the searched text; beyond that the text says too little.
MOST_PEOPLE = 500


class RunFilters(FilterForm):
    time_column = "created_at"
    search_columns = ("person_login", "rule__name", "code")
    search_label = "Person, rule or run"
    state = Menu("State", Run.State.choices)
    rule = Menu("Rule", ())
    person = Text("Person", column="person_login")
    mode = Menu("Mode", Run.Mode.choices)
    event = Text("Event", column="event__code")
    replayed = Menu("Replayed", [("False", "No"), ("True", "Yes")], column="superseded")

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        rules = list(Rule.objects.order_by("name").values_list("name", "id"))
        self._rules = dict(rules)
        self.fields["rule"] = Menu("Rule", [(name, name) for name in self._rules], "rule__name")

    def search(self, text: str) -> Q:
        """Each part is one that an index answers: a search never reads all runs."""
        rules = [pk for name, pk in self._rules.items() if text.lower() in name]
        return (
            Q(code=text.upper())
            | Q(person_login=text)
            | Q(person_login__in=logins_like(text))
            | Q(rule_id__in=rules)
        )


def logins_like(text: str) -> list[str]:
    """The logins of people whose login or name holds the text. One query."""
    found = Person.objects.filter(Q(login__icontains=text) | Q(name__icontains=text))
    return list(found.values_list("login", flat=True)[:MOST_PEOPLE])
