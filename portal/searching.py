"""One search over people, events, runs and rules.

Four queries, each answered by an index: whole codes, uuids and Okta ids, and beginnings of logins,
names and types. Rules are few; their names and titles are all read.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q, Value
from django.http import QueryDict
from django.urls import reverse

from audit.codes import PATTERN
from audit.models import Entry
from portal.forms.audit_filters import AuditFilters
from portal.forms.deliveries_filters import DeliveryFilters
from portal.forms.events_filters import EventFilters
from portal.forms.filters import QUALIFIER, FilterForm
from portal.forms.people_filters import PersonFilters, beginning_with
from portal.forms.rules_filters import RuleFilters
from portal.forms.runs_filters import RunFilters
from portal.objects import object_url
from portal.people.links import person_url
from portal.shown import EVENT_TEXTS, mask_columns
from provisioning.events.models import Delivery, Event, Person
from provisioning.rules.models import Rule
from provisioning.runs.models import FailureGroup, Run

#: Shown of each kind.
MOST = 10
#: Counted of each kind; beyond that "more than".
COUNTED = 100
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: In the order in which they are asked whether they have a qualifier's name.
_LISTS: tuple[tuple[str, type[FilterForm]], ...] = (
    ("run-list", RunFilters),
    ("event-list", EventFilters),
    ("rule-list", RuleFilters),
    ("person-list", PersonFilters),
    ("delivery-list", DeliveryFilters),
    ("audit-list", AuditFilters),
)


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind; `rows` are the first few, `url` the list with them all."""

    kind: str
    title: str
    rows: Sequence[object]
    count: int
    url: str

    @property
    def counted(self) -> str:
        return f"more than {COUNTED}" if self.count > COUNTED else str(self.count)


@dataclass(frozen=True, slots=True)
class Found:
    """`straight` is the address of the one thing that the text names exactly, or empty."""

    groups: Sequence[Group] = ()
    straight: str = ""


def list_for(text: str, may_open: Callable[[str], bool]) -> str:
    """The list that knows the qualifiers in the text, as in `state:failed`, searched for the text;
    empty where the text has none. A list that knows the values too comes first."""
    names = {name for name, _ in QUALIFIER.findall(text)}
    data = QueryDict(urlencode({"q": text}))
    known = ""
    for url_name, form_class in _LISTS:
        if not names or not may_open(url_name):
            continue
        form = form_class(data)
        if not names <= form.fields.keys() - {"q", "size", "since", "from", "to"}:
            continue
        url = f"{reverse(url_name)}?{urlencode({'q': text})}"
        if form.is_valid():
            return url
        known = known or url
    return known


def search(text: str, *, reads_audit: bool) -> Found:
    """What there is. An exact code, uuid, Okta id or login gives only the way straight there."""
    is_code = bool(re.fullmatch(PATTERN, text) or _UUID.fullmatch(text))
    if is_code and (url := _by_code(text, reads_audit=reads_audit)):
        return Found(straight=url)
    people = list(Person.objects.filter(beginning_with(text)).only(
        "okta_id", "login", "name", "status").order_by("login", "pk")[: COUNTED + 1])  # fmt: skip
    exact = [one for one in people if text == one.pk or text.lower() == one.login.lower()]
    if len(exact) == 1 and (url := person_url(exact[0].pk)):
        return Found(straight=url)
    rules = list(Rule.objects.select_related("current").defer(
        "current__definition", "current__source").order_by("name"))  # fmt: skip
    groups = (
        _people(people, text),
        # Nothing but a code looks like one, and it was looked for.
        *(() if is_code else (_events(text),)),
        _runs(text, people, rules),
        _rules(text, rules),
    )
    return Found([group for group in groups if group.count])


def _by_code(text: str, *, reads_audit: bool) -> str:
    """The page of what has this code; an event is found by its uuid too. One query."""
    sources = [
        Event.objects.filter(Q(code=text) | Q(uuid=text)).values_list(Value("event"), "code"),
        Run.objects.filter(code=text).values_list(Value("run"), "code"),
        FailureGroup.objects.filter(code=text).values_list(Value("failure-group"), "code"),
        Delivery.objects.filter(code=text).values_list(Value("delivery"), "code"),
    ]
    if reads_audit:
        sources.append(Entry.objects.filter(code=text).values_list(Value("entry"), "code"))
    found = list(sources[0].union(*sources[1:], all=True)[:1])
    if not found:
        return ""
    kind, code = found[0]
    return reverse("audit-detail", args=[code]) if kind == "entry" else object_url(kind, code)


def _people(people: Sequence[Person], text: str) -> Group:
    rows = mask_columns(people[:MOST], ("login", "name", "status"))
    return _group("person", "People", rows, len(people), "person-list", text)


def _events(text: str) -> Group:
    events = Event.objects.filter(EventFilters.search_for(text)).defer("body", "digest")
    rows = list(events.order_by("-received_at", "-id")[: COUNTED + 1])
    shown = mask_columns(rows[:MOST], EVENT_TEXTS)
    return _group("event", "Events", shown, len(rows), "event-list", text)


def _runs(text: str, people: Sequence[Person], rules: Sequence[Rule]) -> Group:
    """Runs with this code, of the people found, or of rules with the text in their name."""
    runs = Run.objects.select_related("version").defer("version__definition", "version__source")
    runs = runs.filter(
        Q(code=text.upper())
        | Q(person_id__in=[person.pk for person in people])
        | Q(rule_id__in=[rule.pk for rule in rules if text.lower() in rule.name])
    )
    rows = list(runs.order_by("-created_at", "-id")[: COUNTED + 1])
    return _group("run", "Runs", rows[:MOST], len(rows), "run-list", text)


def _rules(text: str, rules: Sequence[Rule]) -> Group:
    low = text.lower()
    rows = [one for one in rules if low in one.name or low in _title(one).lower()]
    return _group("rule", "Rules", rows[:MOST], len(rows), "rule-list", text)


def _title(rule: Rule) -> str:
    return rule.current.title if rule.current else ""


def _group(
    kind: str, title: str, rows: Sequence[object], count: int, url_name: str, text: str
) -> Group:
    return Group(kind, title, rows, count, f"{reverse(url_name)}?{urlencode({'q': text})}")
