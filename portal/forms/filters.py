"""The filter form of a list. Its fields are the grammar of the list's URL.

    class RunFilters(FilterForm):
        time_column = "created_at"
        search_columns = ("person_login", "code")
        state = Menu("State", Run.State.choices)
        rule = Menu("Rule", rule_choices, column="rule__name")
        person = Text("Person", column="person_login")

Every field is optional and may be repeated where it is a menu. `since=24h` (m, h, d, up to 4
digits) or `from` / `to` (ISO 8601; without a zone UTC is meant) limit `time_column`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

from portal.forms import Form
from portal.forms.moments import Moment, Since, span_of
from portal.times import iso

M = TypeVar("M", bound=Model)
Choices = Iterable[tuple[str, str]] | Callable[[], Iterable[tuple[str, str]]]
ByUse = Sequence[str] | Callable[[], Sequence[str]]
SINCE = (("1h", "1 h"), ("24h", "24 h"), ("7d", "7 d"), ("30d", "30 d"))
SIZES = (("50", "50 rows"), ("100", "100 rows"))
#: Values in a long menu; beside a hundred rows there is room for fewer (1,500 elements a page).
MOST_VALUES = {"50": 50, "100": 20}
#: `state:failed` or `actor:"a b"` in a search box.
QUALIFIER = re.compile(r'(?:^|\s)([a-z_]+):("[^"]*"|\S+)')


@dataclass(frozen=True, slots=True)
class Control:
    """One folded-in part of the filter row. `options` are (value, label, chosen); `more` values
    have no place in the menu and are reached by typing `name:value` into the search box."""

    kind: str
    name: str
    label: str
    summary: str
    options: Sequence[tuple[str, str, bool]] = ()
    more: int = 0
    value: str = ""
    start: str = ""
    end: str = ""


class Menu(forms.MultipleChoiceField):
    """Some of these values; repeated in the URL it means "or".

    Where there can be hundreds, `by_use` has them all, the ones most wanted first: the menu shows
    only these and what is chosen.
    """

    def __init__(self, label: str, choices: Choices, column: str = "", by_use: ByUse = ()) -> None:
        self.column, self.by_use = column, by_use
        messages = {"invalid_choice": f"No {label.lower()} called “%(value)s”."}
        super().__init__(label=label, choices=choices, required=False, error_messages=messages)

    def pairs(self) -> list[tuple[str, str]]:
        """Value and label of everything to choose from."""
        return [(str(value), str(label)) for value, label in self.widget.choices]

    def shown(self, most: int, chosen: set[str]) -> list[tuple[str, str]]:
        """Of the pairs those in the menu, in the same order."""
        by_use = self.by_use() if callable(self.by_use) else self.by_use
        kept = {*by_use[:most], *chosen}
        return [pair for pair in self.pairs() if not by_use or pair[0] in kept]

    def condition(self, name: str, value: list[str]) -> Q:
        return Q(**{f"{self.column or name}__in": value})


class Text(forms.CharField):
    """One exact value, typed in."""

    def __init__(self, label: str, column: str = "", lookup: str = "exact") -> None:
        self.column, self.lookup = column, lookup
        super().__init__(label=label, required=False, max_length=200)

    def condition(self, name: str, value: str) -> Q:
        return Q(**{f"{self.column or name}__{self.lookup}": value})


class FilterForm(Form):
    """Base of all filter forms; see the top of this module for how to write one."""

    time_column = ""
    search_columns: tuple[str, ...] = ()
    search_label = "Search"

    q = forms.CharField(required=False, max_length=200, label="Search")

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["q"].label = self.search_label
        if not self.search_columns:
            del self.fields["q"]
        if self.time_column:
            self.fields["since"] = Since(required=False, max_length=10, label="Since")
            self.fields["from"] = Moment(required=False, max_length=40, label="From")
            self.fields["to"] = Moment(required=False, max_length=40, label="To")
        messages = {"invalid_choice": "%(value)s is no page size. Use 50 or 100."}
        self.fields["size"] = forms.ChoiceField(
            choices=SIZES, required=False, label="Rows", error_messages=messages
        )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = self.cleaned_data
        self._read_qualifiers(data)
        if data.get("since") and (data.get("from") or data.get("to")):
            self.add_error("since", "Use either since, or from and to; not both.")
        if data.get("from") and data.get("to") and data["from"] >= data["to"]:
            self.add_error("to", "The end of the time lies before its start.")
        return data

    def _read_qualifiers(self, data: dict[str, Any]) -> None:
        """`state:failed jane` typed into the search box is the field state, and the search jane."""
        for name, value in QUALIFIER.findall(data.get("q") or ""):
            field = self.fields.get(name)
            if not isinstance(field, Menu | Text):
                continue
            text = value.strip('"')
            try:
                cleaned = field.clean([text] if isinstance(field, Menu) else text)
            except ValidationError as error:
                self.add_error("q", error)
                continue
            if isinstance(field, Menu):
                cleaned = [*data.get(name, ()), *cleaned]
            data[name] = cleaned
            # An error in an earlier qualifier has taken q out of the cleaned data.
            rest = re.sub(rf"(^|\s){name}:{re.escape(value)}", " ", data.get("q", ""))
            data["q"] = rest.strip()

    def filtered(self, rows: QuerySet[M], now: datetime) -> QuerySet[M]:
        """The rows that this valid form asks for."""
        rows, text = self.narrowed(rows, now), self.cleaned_data.get("q")
        return rows.filter(self.search(text)) if text else rows

    def parted(self, rows: QuerySet[M], now: datetime) -> list[QuerySet[M]]:
        """The same rows in parts, which may overlap: to be counted, each by its own index."""
        rows, text = self.narrowed(rows, now), self.cleaned_data.get("q")
        return [rows.filter(one) for one in self.searches(text)] if text else [rows]

    def narrowed(self, rows: QuerySet[M], now: datetime) -> QuerySet[M]:
        """The rows that everything but the search leaves; listed and counted alike."""
        for name, field in self.fields.items():
            value = self.cleaned_data.get(name)
            if isinstance(field, Menu | Text) and value:
                rows = rows.filter(field.condition(name, value))
        start, end = self.span(now)
        if start:
            rows = rows.filter(**{f"{self.time_column}__gte": start})
        return rows.filter(**{f"{self.time_column}__lt": end}) if end else rows

    def search(self, text: str) -> Q:
        """What `q` looks for; the base looks for a part of any of `search_columns`."""
        condition = Q()
        for column in self.search_columns:
            condition |= Q(**{f"{column}__icontains": text})
        return condition

    def searches(self, text: str) -> Sequence[Q]:
        """`search` as conditions of which one must hold."""
        return (self.search(text),)

    def span(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """From when until when; None is open."""
        if since := self.cleaned_data.get("since"):
            return now - span_of(since), None
        return self.cleaned_data.get("from"), self.cleaned_data.get("to")

    def parameters(self) -> list[tuple[str, str]]:
        """Name and value of everything set, in the order of the form: equal views, equal URLs."""
        pairs: list[tuple[str, str]] = []
        for name in self.fields:
            value = self.cleaned_data.get(name)
            if isinstance(value, list):
                pairs += [(name, item) for item in sorted(set(value))]
            elif value and (name, value) != ("size", SIZES[0][0]):
                pairs.append((name, iso(value) if isinstance(value, datetime) else str(value)))
        return pairs

    def menus(self) -> list[Control]:
        """The controls of the filter row, as they stand, for the template."""
        controls = []
        for name, field in self.fields.items():
            if isinstance(field, Menu):
                controls.append(self._menu(name, field))
            elif isinstance(field, Text):
                value = self._sent(name)
                label = str(field.label)
                controls.append(Control("text", name, label, value or "Any", value=value))
        return [*controls, self._time()] if self.time_column else controls

    def _menu(self, name: str, field: Menu) -> Control:
        sent = set(self.cleaned_data.get(name) or self._sent_list(name))
        shown = field.shown(MOST_VALUES.get(self._sent("size"), MOST_VALUES["50"]), sent)
        options = [(value, label, value in sent) for value, label in shown]
        summary = ", ".join(label for _, label, chosen in options if chosen) or "Any"
        more = len(field.pairs()) - len(options)
        return Control("menu", name, str(field.label), summary, options, more)

    def _time(self) -> Control:
        since, start, end = self._sent("since"), self._sent("from"), self._sent("to")
        known = dict(SINCE)
        options = [("", "Any time", not since), *((v, f"Last {w}", v == since) for v, w in SINCE)]
        if since and since not in known:
            options.append((since, f"Last {since}", True))
        summary = known.get(since, since) or ("Range" if start or end else "Any")
        return Control("time", "since", "Since", summary, options, start=start, end=end)

    def _sent(self, name: str) -> str:
        value = self.cleaned_data.get(name) or self.data.get(name, "")
        return iso(value) if isinstance(value, datetime) else str(value)

    def _sent_list(self, name: str) -> list[str]:
        return list(self.data.getlist(name)) if isinstance(self.data, QueryDict) else []
