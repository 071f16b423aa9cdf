"""The filters of the list of people and of a person's timeline, and the question about a rule."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.db.models import Q

from portal.badges import badge_for
from portal.forms import Form
from portal.forms.filters import FilterForm, Menu
from portal.masking import masked_text
from provisioning.events.models import Event

#: Of a user, as Okta calls them (Users API, `status`).
STATES = (
    "STAGED", "PROVISIONED", "ACTIVE", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT", "SUSPENDED",
    "DEPROVISIONED",
)  # fmt: skip

#: What anybody may see of a person's life.
KINDS = (("event", "Events"), ("run", "Runs"), ("approval", "Approvals"))


def beginning_with(text: str) -> Q:
    """People whose login or name begins with the text, whatever its case. Answered by indexes."""
    return Q(login__istartswith=text) | Q(name__istartswith=text) | Q(pk=text)


class PersonFilters(FilterForm):
    search_columns = ("login", "name")
    search_label = "Beginning of login or name"
    state = Menu("State", [(one, badge_for(one).word) for one in STATES], column="status")

    def search(self, text: str) -> Q:
        return beginning_with(text)


class TimelineFilters(FilterForm):
    """What of a person's life is shown; each kind reads its own table."""

    time_column = "at"
    kind = Menu("Kind", [*KINDS, ("act", "What people did")])


class TimelineFiltersWithoutActs(FilterForm):
    """For those who may not read the audit log."""

    time_column = "at"
    kind = Menu("Kind", KINDS)


class QuestionForm(Form):
    """Which rule, and at which event of the past."""

    rule = forms.ChoiceField(
        label="Rule",
        error_messages={
            "required": "Choose a rule.",
            "invalid_choice": "There is no rule called “%(value)s”.",
        },
    )
    event = forms.ChoiceField(
        label="Compare with a past event",
        required=False,
        error_messages={"invalid_choice": "This person has no event “%(value)s”."},
    )

    def __init__(
        self, rules: Iterable[tuple[str, str]], events: Sequence[Event], data: Any = None
    ) -> None:
        super().__init__(data)
        pairs = [("", "Choose a rule"), *((name, title) for name, title in rules)]
        self.fields["rule"].choices = pairs  # type: ignore[attr-defined]  # a ChoiceField
        pairs = [("", "Only now"), *((event.code, _label(event)) for event in events)]
        self.fields["event"].choices = pairs  # type: ignore[attr-defined]  # a ChoiceField


def _label(event: Event) -> str:
    return f"{event.received_at:%Y-%m-%d %H:%M} UTC, {masked_text(event.event_type)}"
