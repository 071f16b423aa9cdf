"""The filters of the list of plans, and of the items of one."""

from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Concat, Upper

from portal.forms.arrays import EqualsAny
from portal.forms.filters import FilterForm, Menu, Text
from provisioning.events.models import Person
from provisioning.plans.models import Plan, PlanItem
from provisioning.runs.models import Step

#: People whose name begins with the searched text; beyond that the text says too little.
MOST_PEOPLE = 500


class PlanFilters(FilterForm):
    time_column = "created_at"
    search_columns = ("title", "code")
    search_label = "Title or code"
    state = Menu("State", Plan.State.choices)
    kind = Menu("Kind", Plan.Kind.choices)
    by = Text("Made by", column="requester")


class PlanItemFilters(FilterForm):
    search_columns = ("person_login", "key")
    search_label = "Beginning of login or name, or run"
    klass = Menu("Class", PlanItem.Class.choices)
    cause = Text("Cause", column="sub_group")
    outcome = Menu("Outcome", PlanItem.State.choices, column="state")

    def search(self, text: str) -> Q:
        return reduce(or_, self.searches(text))

    def searches(self, text: str) -> Sequence[Q]:
        """Each part is one that an index answers: a search never reads all items."""
        return (
            Q(person_login__istartswith=text),
            _of_people_called(text),
            Q(key__in=(text, text.upper())),
            _of_steps_of(text.upper()),
        )


def _of_people_called(text: str) -> Q:
    """Items about people with such a name or id: about the first MOST_PEOPLE by login."""
    people = Person.objects.filter(Q(name__istartswith=text) | Q(pk=text)).exclude(login="")
    logins = people.order_by("login").values_list(Upper("login"))[:MOST_PEOPLE]
    return Q(EqualsAny(Upper("person_login"), ArraySubquery(logins)))


def _of_steps_of(code: str) -> Q:
    """Items of an undo, each of which is about a step, by the run's code."""
    key = Concat("run__code", Value(".", output_field=TextField()), "key")
    keys = Step.objects.filter(run__code=code).values_list(key)
    return Q(EqualsAny(F("key"), ArraySubquery(keys)))
