"""What happened around a person, newest first: events, runs, and what people did with them.

Three tables are read, each by its own index, and merged. A page is found by the last line of the
page before: its time, its kind and its number.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from audit.models import Entry
from audit.verbs import VERBS
from portal import listing
from portal.forms.filters import FilterForm
from portal.forms.moments import read_moment
from portal.keyset import CursorError
from portal.masking import masked_text
from portal.objects import object_url
from portal.times import iso
from provisioning.events.models import Event
from provisioning.runs.models import Run

#: Who in the trail is a person: signed in, or at a command line.
PEOPLE = ("user", "command")
#: Kinds in the order in which they stand at one and the same moment, newest first.
KINDS = ("act", "run", "event")
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. `place` is where it stands among all of them."""

    kind: str
    at: datetime
    pk: int
    row: Any
    url: str = ""
    said: str = ""
    by: str = ""

    @property
    def place(self) -> tuple[datetime, int, int]:
        return (self.at, KINDS.index(self.kind), self.pk)


Place = tuple[datetime, int, int]


def build(
    request: HttpRequest, okta_id: str, form: type[FilterForm], *, now: datetime
) -> listing.Page[Any]:
    """The page of the timeline that the address asks for; at most three queries."""
    page = listing.opened(request, form, noun="entry", now=now)
    after = request.GET.get("after", "")
    try:
        place = read_place(after) if after else None
    except CursorError:
        return replace(page, problems=[*page.problems, listing.BROKEN_MARKER])
    if page.problems:
        return page
    size = int(page.form.cleaned_data.get("size") or 50)
    kinds = page.form.cleaned_data.get("kind") or _kinds_of(page.form)
    lines = _lines(okta_id, kinds, page.form.span(now), place, size)
    older = ""
    if len(lines) > size:
        pairs = [*page.form.parameters(), ("after", text_of(lines[size - 1].place))]
        older = f"{page.path}?{urlencode(pairs)}"
    return replace(
        page,
        rows=lines[:size],
        older_url=older,
        is_first=place is None,
        newer_url="" if place is None or lines else page.url,
    )


def _kinds_of(form: FilterForm) -> list[str]:
    return [value for value, _ in form.fields["kind"].pairs()]  # type: ignore[attr-defined]


def _lines(
    okta_id: str,
    kinds: Iterable[str],
    span: tuple[datetime | None, datetime | None],
    place: Place | None,
    size: int,
) -> list[Line]:
    """One more than `size`, so that it can be seen whether there are older ones."""
    found: list[Line] = []
    for kind in kinds:
        rows, column = _SOURCES[kind](okta_id)
        rows = rows.filter(_limits(column, span), _beyond(kind, column, place))
        found += map(_LINES[kind], rows.order_by(f"-{column}", "-pk")[: size + 1])
    return sorted(found, key=lambda line: line.place, reverse=True)[: size + 1]


def _limits(column: str, span: tuple[datetime | None, datetime | None]) -> Q:
    start, end = span
    condition = Q(**{f"{column}__gte": start}) if start else Q()
    return condition & Q(**{f"{column}__lt": end}) if end else condition


def _beyond(kind: str, column: str, place: Place | None) -> Q:
    if place is None:
        return Q()
    at, rank, pk = place
    earlier = Q(**{f"{column}__lt": at})
    mine = KINDS.index(kind)
    if mine > rank:
        return earlier
    same = Q(**{column: at}) & (Q() if mine < rank else Q(pk__lt=pk))
    return Q(**{f"{column}__lte": at}) & (earlier | same)


def _events(okta_id: str) -> tuple[QuerySet[Any], str]:
    return Event.objects.filter(person_id=okta_id).defer("body", "digest"), "received_at"


def _runs(okta_id: str) -> tuple[QuerySet[Any], str]:
    runs = Run.objects.filter(person_id=okta_id).select_related("version", "rule")
    return runs.defer("version__definition", "version__source"), "created_at"


def _acts(okta_id: str) -> tuple[QuerySet[Any], str]:
    """Entries about this person's runs and events, of people only."""
    codes = Run.objects.filter(person_id=okta_id).values("code")
    codes = codes.union(Event.objects.filter(person_id=okta_id).values("code"), all=True)
    entries = Entry.objects.filter(object_id__in=codes, object_kind__in=("run", "event"))
    return entries.filter(actor_kind__in=PEOPLE).with_personal(), "at"


_SOURCES: Mapping[str, Callable[[str], tuple[QuerySet[Any], str]]] = {
    "event": _events,
    "run": _runs,
    "act": _acts,
}


def _event_line(event: Event) -> Line:
    event.event_type = masked_text(event.event_type)
    return Line(
        "event", event.received_at, event.pk, event,
        said=masked_text(event.display_message), by=masked_text(event.actor_login),
    )  # fmt: skip


def _run_line(run: Run) -> Line:
    return Line("run", run.created_at, run.pk, run, said=masked_text(run.error))


def _act_line(entry: Entry) -> Line:
    verb = VERBS.get(entry.verb)
    says = verb.says if verb else entry.verb
    url = object_url(entry.object_kind, entry.object_id)
    said = f"{says[:1].upper()}{says[1:]}"
    return Line("act", entry.at, entry.pk, entry, url, said, masked_text(entry.actor_name))


_LINES: Mapping[str, Callable[[Any], Line]] = {
    "event": _event_line,
    "run": _run_line,
    "act": _act_line,
}


def text_of(place: Place) -> str:
    at, rank, pk = place
    return base64.urlsafe_b64encode(f"{iso(at)}~{rank}~{pk}".encode()).decode().rstrip("=")


def read_place(text: str) -> Place:
    """Raises CursorError."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        parts: Sequence[str] = base64.b64decode(padded, b"-_", validate=True).decode().split("~")
        moment, rank, pk = parts
        place = (read_moment(moment), int(rank), int(pk))
    except (ValueError, UnicodeError, binascii.Error, ValidationError) as error:
        raise CursorError(text) from error
    if not 0 <= place[1] < len(KINDS) or not 0 <= place[2] <= _LARGEST:
        raise CursorError(text)
    return place
