"""The filters of the failures inbox, and of the runs of one cause."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q

from portal.forms.filters import FilterForm, Menu, Text
from portal.forms.runs_filters import of_people_like
from provisioning.actions.registry import action_choices
from provisioning.runs.models import FailureGroup, Run

_STATES = [(state.value, state.label) for state in Run.STOPPED_STATES]


def has_open_run(*of: Q) -> Exists:
    """Whether a group has an open run, of this kind if named."""
    return Exists(Run.objects.failures().filter(*of, group=OuterRef("pk")))


def _has_unfinished_replay() -> Exists:
    """Whether a run in the place of one of its runs has not succeeded, and nobody handled it."""
    fresh = Run.objects.filter(superseded=False, handling__isnull=True)
    return Exists(fresh.exclude(state=Run.State.SUCCEEDED).filter(replay_of__group=OuterRef("pk")))


_STATE = FailureGroup.State
#: Nothing of it is left, and nobody has said so yet.
RECOVERED = Q(~has_open_run(), ~_has_unfinished_replay(), ~Q(state=_STATE.RESOLVED))


class RunState(Menu):
    """Some state of a group's open runs."""

    def condition(self, name: str, value: list[str]) -> Q:
        return Q(has_open_run(Q(state__in=value)))


class CauseState(Menu):
    """What becomes of a cause. Only a resolved or recovered one has no open run."""

    def condition(self, name: str, value: list[str]) -> Q:
        living = [one for one in value if one not in (_STATE.RESOLVED, "recovered")]
        found = Q(has_open_run(), state__in=living)
        if _STATE.RESOLVED in value:
            found |= Q(state=_STATE.RESOLVED)
        return found | RECOVERED if "recovered" in value else found


class FailureFilters(FilterForm):
    search_columns = ("message", "target", "error_code", "rule__name")
    search_label = "Cause, person, rule or target"
    state = CauseState("State", [*_STATE.choices, ("recovered", "Recovered")])
    runs = RunState("Runs", _STATES)
    rule = Menu("Rule", ())
    action = Menu("Action", action_choices)
    advice = Menu("Advice", FailureGroup.Advice.choices)

    #: Names for the menu of rules, those with the most stopped runs first; set by the view, which
    #: has them from a query of its own.
    rules: Sequence[str] = ()

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        pairs = [(name, name) for name in sorted(self.rules)]
        self.fields["rule"] = Menu("Rule", pairs, "rule__name", self.rules)

    def search(self, text: str) -> Q:
        return super().search(text) | Q(has_open_run(of_people_like(text)))


class GroupRunFilters(FilterForm):
    """Of the open runs of one group; all of one rule, so there is little to choose."""

    state = Menu("State", _STATES)
    person = Text("Person", column="person_login")


def filters_for(rules: Sequence[str]) -> type[FailureFilters]:
    """The form with these rules in its menu."""
    return type("FailureFilters", (FailureFilters,), {"rules": tuple(rules)})
