"""The filters of the list of plans, and of the items of one."""

from portal.forms.filters import FilterForm, Menu, Text
from provisioning.plans.models import Plan, PlanItem


class PlanFilters(FilterForm):
    time_column = "created_at"
    search_columns = ("title", "code")
    search_label = "Title or code"
    state = Menu("State", Plan.State.choices)
    kind = Menu("Kind", Plan.Kind.choices)
    by = Text("Made by", column="requester")


class PlanItemFilters(FilterForm):
    search_columns = ("person_login", "key")
    search_label = "Person or run"
    klass = Menu("Class", PlanItem.Class.choices)
    cause = Text("Cause", column="sub_group")
    outcome = Menu("Outcome", PlanItem.State.choices, column="state")
