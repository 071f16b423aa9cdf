"""The filters of the list of rules and of a rule's versions, and the small forms of its pages."""

from collections import Counter
from typing import Any

from django import forms
from django.db.models import Q

from portal.forms import Form
from portal.forms.filters import FilterForm, Menu, Text
from provisioning.events.models import Event
from provisioning.rules.models import Rule


class OnOff(Menu):
    def condition(self, name: str, value: list[str]) -> Q:
        return Q(enabled__in=[one == "on" for one in value])


class StartsOn(Menu):
    def condition(self, name: str, value: list[str]) -> Q:
        condition = Q()
        for event_type in value:
            condition |= Q(current__event_types__contains=[event_type])
        return condition


class RuleFilters(FilterForm):
    search_columns = ("name", "current__title")
    search_label = "Name or title"
    state = OnOff("State", [("on", "On"), ("off", "Off")])
    type = StartsOn("Starts on", ())

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        listed = Rule.objects.exclude(current=None).values_list("current__event_types", flat=True)
        types = Counter(one for event_types in listed for one in event_types)
        by_use = [one for one, _ in types.most_common()]
        pairs = [(one, one) for one in sorted(types)]
        self.fields["type"] = StartsOn("Starts on", pairs, by_use=by_use)


class VersionFilters(FilterForm):
    time_column = "created_at"
    author = Text("Author")


class SwitchForm(Form):
    """Whether the rule shall be on."""

    on = forms.ChoiceField(choices=[("1", "On"), ("0", "Off")], widget=forms.HiddenInput)


class CompareForm(Form):
    """Two versions to compare."""

    a = forms.IntegerField(min_value=1, max_value=2_147_483_647)
    b = forms.IntegerField(min_value=1, max_value=2_147_483_647)


class PastEventForm(Form):
    """Which past event a rule is tested on."""

    event = forms.ChoiceField(label="Past event")

    def __init__(self, events: list[Event], chosen: Event | None) -> None:
        super().__init__({"event": chosen.code} if chosen else None)
        field = forms.ChoiceField(
            label="Past event",
            choices=[(event.code, _label(event)) for event in events],
            widget=forms.Select(attrs={"class": "form-select"}),
        )
        self.fields["event"] = field


def _label(event: Event) -> str:
    who = event.person_login or event.person_name or event.actor_login or "nobody"
    return f"{who}, {event.received_at:%Y-%m-%d %H:%M} UTC, {event.event_type}"
