"""What every list page shares: filters in the URL, pages by key, capped counts, chips.

    def run_list(request: HttpRequest) -> HttpResponse:
        rows = Run.objects.select_related("rule", "version")
        page = listing.build(request, rows, RunFilters, order=Order("created_at"), noun="run")
        return listing.respond(request, "runs/list.html", page)

Two queries: the rows, and the count up to COUNT_CAP. Beyond that a third asks the planner.
`templates/components/_list.html` and its parts draw the Page.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from portal.forms import words
from portal.forms.filters import FilterForm
from portal.keyset import CursorError, Order, Window, cursor_of, window
from portal.times import iso

M = TypeVar("M", bound=Model)
COUNT_CAP = 10_000
BROKEN_MARKER = "This page marker is broken or belongs to another list. Go to the first page."
_PAGING = ("after", "before", "news")


@dataclass(frozen=True, slots=True)
class Chip:
    """An applied filter, and the URL of the list without it."""

    label: str
    value: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows match; above COUNT_CAP an estimate, or only the cap where there is none."""

    number: int
    exact: bool = True

    def __str__(self) -> str:
        if self.exact:
            return f"{self.number:,}"
        if self.number <= COUNT_CAP:
            return f"more than {COUNT_CAP:,}"
        digits = 10 ** (len(str(self.number)) - 3)
        return f"about {self.number // digits * digits:,}"


@dataclass(frozen=True)
class Page(Generic[M]):
    """Everything the list templates need; `path` is the list's own path."""

    form: FilterForm
    noun: str
    path: str
    rows: Sequence[M] = ()
    count: Count = field(default_factory=lambda: Count(0))
    chips: Sequence[Chip] = ()
    problems: Sequence[str] = ()
    notices: Sequence[str] = ()
    url: str = ""
    share_url: str = ""
    newer_url: str = ""
    older_url: str = ""
    news_url: str = ""
    is_first: bool = True
    news: int = 0

    @property
    def status(self) -> int:
        return 400 if self.problems else 200

    @property
    def dense(self) -> bool:
        """More rows than a page holds unasked: templates leave out what only decorates."""
        return len(self.rows) > 50

    @property
    def plural(self) -> str:
        if self.noun == "person":
            return "people"
        if self.noun.endswith("y"):
            return f"{self.noun[:-1]}ies"
        return f"{self.noun}s"

    @property
    def shown(self) -> str:
        """`1-50 of 1,284 runs`, `12 of about 12,400 runs`, `1 run`."""
        if self.count.exact and self.count.number <= len(self.rows):
            return f"{len(self.rows)} {self.noun if len(self.rows) == 1 else self.plural}"
        first = f"1–{len(self.rows)}" if self.is_first else f"{len(self.rows)}"
        return f"{first} of {self.count} {self.plural}"


def build(
    request: HttpRequest,
    rows: QuerySet[M],
    form_class: type[FilterForm],
    *,
    order: Order,
    noun: str,
    now: datetime | None = None,
) -> Page[M]:
    """The page that the request's query string asks for. Never raises for what stands in it."""
    now = now or datetime.now(UTC)
    page: Page[M] = opened(request, form_class, noun=noun, now=now)
    if page.problems:
        return page
    form, path = page.form, page.path
    matching = form.filtered(rows, now)
    if news := request.GET.get("news", ""):
        return replace(page, news=count_newer(matching, order, news))
    try:
        found = _window(request.GET, form, matching, order)
    except CursorError:
        return replace(page, problems=[BROKEN_MARKER])
    count = count_of(*form.parted(rows, now))
    links = _links(found, order, path, form.parameters(), request.GET)
    return replace(page, rows=found.rows, count=count, **links)


def opened(
    request: HttpRequest, form_class: type[FilterForm], *, noun: str, now: datetime
) -> Page[Any]:
    """The page before its rows are read: the form with its problems, chips and addresses."""
    form = form_class(request.GET)
    path = request.path
    if not form.is_valid():
        return Page(form, noun, path, problems=words.problems(form), url=path, share_url=path)
    pairs = form.parameters()
    return Page(
        form,
        noun,
        path,
        chips=_chips(form, pairs, path),
        notices=_strangers(request.GET, form),
        url=_url(path, pairs),
        share_url=request.build_absolute_uri(_url(path, _fixed(form, pairs, now))),
    )


def respond(
    request: HttpRequest,
    template: str,
    page: Page[M],
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The list page, or only the line "12 new events" where a poll asked for it."""
    if "news" in request.GET:
        template = "components/_news.html"
    response = render(request, template, {"page": page, **(context or {})}, status=page.status)
    response["Vary"] = "HX-Request, Cookie"
    return response


def count_of(rows: QuerySet[M], *others: QuerySet[M]) -> Count:
    """Count up to COUNT_CAP; above it take the planner's estimate. Rows in several of the parts
    count once."""
    parts = [part.order_by().values("pk") for part in (rows, *others)]
    counted = _together([part[: COUNT_CAP + 1] for part in parts])[: COUNT_CAP + 1].count()
    if counted <= COUNT_CAP:
        return Count(counted)
    plan = json.loads(_together(parts).explain(format="json"))
    return Count(int(plan[0]["Plan"]["Plan Rows"]), exact=False)


def _together(parts: Sequence[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    return parts[0].union(*parts[1:]) if len(parts) > 1 else parts[0]


def count_newer(rows: QuerySet[M], order: Order, cursor: str) -> int:
    """How many rows, up to 1000, came after the first one of a page that somebody looks at."""
    try:
        return len(window(rows.select_related(None).only("pk"), order, 1000, before=cursor).rows)
    except CursorError:
        return 0


def _window(data: QueryDict, form: FilterForm, rows: QuerySet[M], order: Order) -> Window[M]:
    size = int(form.cleaned_data.get("size") or 50)
    after, before = data.get("after", ""), data.get("before", "")
    return window(rows, order, size, after=after, before=before)


def _links(
    found: Window[M], order: Order, path: str, pairs: list[tuple[str, str]], data: QueryDict
) -> dict[str, Any]:
    moved = bool(data.get("after") or data.get("before"))
    links: dict[str, Any] = {"is_first": not moved or (not found.has_newer and bool(found.rows))}
    if not found.rows:
        return {**links, "newer_url": _url(path, pairs) if moved else ""}
    first, last = cursor_of(found.rows[0], order), cursor_of(found.rows[-1], order)
    if found.has_newer:
        links["newer_url"] = _url(path, [*pairs, ("before", first)])
    if found.has_older:
        links["older_url"] = _url(path, [*pairs, ("after", last)])
    if links["is_first"] and order.descending:
        links["news_url"] = _url(path, [*pairs, ("news", first)])
    return links


def _chips(form: FilterForm, pairs: list[tuple[str, str]], path: str) -> list[Chip]:
    return [
        Chip(
            words.label(form, name),
            words.value(form, name, value),
            _url(path, without(pairs, name, value)),
        )
        for name, value in pairs
        if name != "size"
    ]


def without(pairs: list[tuple[str, str]], name: str, value: str) -> list[tuple[str, str]]:
    return [pair for pair in pairs if pair != (name, value)]


def _fixed(form: FilterForm, pairs: list[tuple[str, str]], now: datetime) -> list[tuple[str, str]]:
    """The same view with fixed times, so that a colleague sees the same rows."""
    start, _ = form.span(now)
    if not form.cleaned_data.get("since") or start is None:
        return pairs
    times = [("from", iso(start)), ("to", iso(now))]
    return [pair for old in pairs for pair in (times if old[0] == "since" else [old])]


def _strangers(data: QueryDict, form: FilterForm) -> list[str]:
    """A sentence for every parameter that this list does not have."""
    names = [name for name in data if name not in form.fields and name not in _PAGING]
    return [f"This list has no filter called “{name[:40]}”; it was not applied." for name in names]


def _url(path: str, pairs: list[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(pairs)}" if pairs else path
