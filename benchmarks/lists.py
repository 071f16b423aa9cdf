"""Server time, queries and weight of every list, with each filter, and of every detail page.

    python -m benchmarks.lists [--data DIR] [--requests 20] [--events 1000000]
                               [--only audit-list person-list]

On reference data (benchmarks/seed.py), which is made first where DIR has none; without DIR in a
folder that is removed afterwards. Each address is asked for so many times, one after the other,
through the whole of Django, middleware and templates included, as the application's database role.
A list is asked for its first page and for one that starts in the middle of the table. The CPU time
is this process's, without the database's; unlike the time it hardly depends on the machine's load.
"""

import argparse
import logging
import math
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import Max, Min, Model
from django.forms import Field
from django.test import Client
from django.test.utils import (
    CaptureQueriesContext,
    setup_test_environment,
    teardown_test_environment,
)
from django.urls import reverse

from benchmarks import seed, servers
from benchmarks.budgets import Measured, elements_of, report
from benchmarks.figures import say
from portal.forms.filters import Menu, Text
from portal.keyset import Order, cursor_of
from portal.listing import Page
from portal.models import User
from portal.roles import POLICIES, Role

MOST_VALUES = 12
DETAILS = 20
#: By what an address names an object, where it is not its code.
KEYS = {"rule-detail": "name", "person-detail": "okta_id"}


class Browser:
    """An administrator who is signed in."""

    def __init__(self, requests: int) -> None:
        self.requests = requests
        user, _ = User.objects.get_or_create(username="benchmark")
        user.groups.add(Group.objects.get_or_create(name=Role.ADMIN.value)[0])
        logging.getLogger("django.request").setLevel(logging.ERROR)
        self.client = Client(headers={"host": "localhost"})
        self.client.force_login(user)

    def look(self, url: str) -> Any:
        """The answer with the context it was rendered from."""
        setup_test_environment()
        try:
            return self.client.get(url)
        finally:
            teardown_test_environment()

    def time(self, kind: str, page: str, what: str, urls: Sequence[str]) -> Measured:
        """`urls` in turn, `requests` times in all."""
        took, worked = [], []
        for number in range(self.requests + 1):
            started, begun = time.perf_counter(), time.process_time()
            answer = self.client.get(urls[number % len(urls)])
            took.append((time.perf_counter() - started) * 1000)
            worked.append((time.process_time() - begun) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{urls[number % len(urls)]} answered {answer.status_code}.")
        with CaptureQueriesContext(connection) as captured:
            body = self.client.get(urls[-1]).content
        found = sorted(took[1:])  # the first one warms what later ones use
        p95, cpu = found[math.ceil(0.95 * len(found)) - 1], median(worked[1:])
        weight = elements_of(body.decode()), len(body)
        return Measured(kind, page, what, urls[0], p95, cpu, len(captured), *weight)


def measure_list(browser: Browser, name: str) -> Iterator[Measured]:
    url = reverse(name)
    page = _page(browser.look(url))
    if page is None or not page.rows:
        yield browser.time("list", name, "all", [url])
        return
    for what, pairs in views(page):
        first = f"{url}?{urlencode(pairs)}"
        yield browser.time("list", name, what, [first])
        shown = _page(browser.look(first))
        if shown is not None and shown.older_url:
            after = urlencode([*pairs, ("after", middle(shown))])
            yield browser.time("list", name, f"{what}, deep", [f"{url}?{after}"])


def _page(answer: Any) -> Page[Any] | None:
    found = answer.context.get("page") if answer.context else None
    return found if isinstance(found, Page) else None


def views(page: Page[Any]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each filter by itself, with values that a row on the page has."""
    yield "all", []
    row = page.rows[len(page.rows) // 2]
    fields = page.form.fields
    for name, field in fields.items():
        for value in values(name, field, row):
            yield f"{name}={value[:30]}", [(name, value)]
    others = {"q": _searches(page, row), "since": ["1h", "24h", "30d"], "size": ["100"]}
    for name in others.keys() & fields.keys():
        for value in others[name]:
            yield f"{name}={value[:30]}", [(name, value)]


def values(name: str, field: Field, row: Model) -> list[str]:
    if isinstance(field, Menu):
        return [value for value, _ in field.pairs()[:MOST_VALUES]]
    if isinstance(field, Text):
        return [str(reach(row, field.column or name) or "nothing-like-it")]
    return []


def _searches(page: Page[Any], row: Model) -> list[str]:
    """Whole values, their beginnings, and what is nowhere."""
    found = [str(reach(row, column) or "") for column in page.form.search_columns]
    return [text for text in (*found, *(one[:6] for one in found), "nothing-like-it") if text]


def reach(row: Model, path: str) -> object:
    """The value at `event__code`; None where there is none."""
    value: object = row
    for name in path.split("__"):
        value = getattr(value, name, None)
    return value


def middle(page: Page[Any]) -> str:
    """A cursor in the middle of the table, in the order of this list (a filter may change it)."""
    last = page.rows[-1]
    wanted = dict(parse_qsl(urlsplit(page.older_url).query))["after"]
    model, order = type(last), Order()
    for field in model._meta.concrete_fields:
        tried = Order("pk" if field.primary_key else field.attname)
        if cursor_of(last, tried) == wanted:
            order = tried
    rows = model._default_manager.order_by("pk")
    span = rows.aggregate(low=Min("pk"), high=Max("pk"))
    if not isinstance(span["low"], int):
        return cursor_of(rows[rows.count() // 2], order)
    return cursor_of(rows.filter(pk__lte=(span["low"] + span["high"]) // 2).latest("pk"), order)


def measure_detail(browser: Browser, name: str) -> Measured | None:
    """Objects spread over the newest pages of the list of the same kind."""
    listed = name.replace("-detail", "-list")
    page = _page(browser.look(reverse(listed))) if listed in POLICIES else None
    if page is None or not page.rows:
        return None
    rows = [*page.rows][:: max(1, len(page.rows) // DETAILS)]
    key = KEYS.get(name, "code")
    urls = [reverse(name, kwargs={key: getattr(row, key)}) for row in rows]
    return browser.time("detail", name, f"{len(urls)} objects", urls)


def measure(browser: Browser, only: Sequence[str]) -> list[Measured]:
    names = sorted(only or (name for name, methods in POLICIES.items() if "GET" in methods))
    found = [browser.time("overview", "overview", "all", [reverse("overview")])]
    for name in names:
        if name.endswith("-list"):
            found += measure_list(browser, name)
        elif name.endswith("-detail") and (one := measure_detail(browser, name)):
            found.append(one)
        say(f"  {name}: {len(found)} addresses so far")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__))
    parser.add_argument("--data", type=Path, help="folder with the reference data")
    parser.add_argument("--events", type=int, default=1_000_000, help="where there is none yet")
    parser.add_argument("--only", nargs="*", help="these pages, by the names of their URLs")
    parser.add_argument("--requests", type=int, default=20, help="for each address")
    chosen = parser.parse_args()
    with servers.running(chosen.data) as services:
        seed.seed(services, chosen.events)
        servers.settle(services)
        return report(measure(Browser(chosen.requests), chosen.only or []))


if __name__ == "__main__":
    sys.exit(main())
