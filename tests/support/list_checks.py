"""What every list page must hold to: no query string breaks it, and it asks few queries."""

import random
import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from typing import Any, Protocol
from urllib.parse import urlencode

from django.contrib.auth import get_user
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

_PIECES = (
    "", "0", "-1", "9" * 30, "null", "\x00", "é", "\ud7ff", "<script>", "' OR 1=1 --", "%", "_",
    "2026-11-20", "2026-13-40T99:99Z", "24h", "0h", "99999d", "50", "100", "51", "failed", "on",
    "a:b", "state:failed", 'state:"failed"', "rule:x person:y", "after", "MTIzfjIwMjY", "=" * 40,
    "MX4yMDI2LTExLTIwVDEwOjAyOjAwKzAwOjAw", "x" * 300, "00u1", "\u202e", "٣", "[]", "1e400",
)  # fmt: skip
#: So many go the whole way, through every middleware.
_THROUGH_ALL = 50
_PAGING = ("q", "since", "from", "to", "size", "after", "before", "news", "sort", "nonsense")


def html_of(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, response.content[:2000]
    return str(response.content.decode())


def row_links(html: str) -> list[str]:
    """Where the first column of each row leads, in order."""
    return re.findall(r'<th scope="row">(?:<[^a][^>]*>)*<a (?:class="[^"]*" )?href="([^"]+)"', html)


def queries_of(client: Client, url: str) -> list[str]:
    """The statements of one GET."""
    with CaptureQueriesContext(connection) as caught:
        html_of(client, url)
    return [query["sql"] for query in caught.captured_queries]


class Gets(Protocol):
    def get(self, url: str, /) -> Any: ...


def assert_nothing_breaks(
    client: Client | Gets, path: str, names: Sequence[str], count: int
) -> None:
    """`count` random query strings: 200, or 400 with a sentence that can be seen."""
    dice = random.Random(4711)  # noqa: S311 - the same strings each time
    quick = viewer_of(client, path) if isinstance(client, Client) else client.get
    for number in range(count):
        pairs: list[tuple[str, Any]] = [
            (dice.choice([*names, *_PAGING]), dice.choice(_PIECES) + dice.choice(("", "", "1")))
            for _ in range(dice.randint(1, 4))
        ]
        url = f"{path}?{urlencode(pairs)}"
        response = client.get(url) if number < _THROUGH_ALL else quick(url)
        assert response.status_code in (200, 400), url
        if response.status_code == 400 and "news=" not in url:  # a poll shows no sentence
            assert 'role="alert"' in response.content.decode(), url


def viewer_of(client: Client, path: str) -> Callable[[str], HttpResponse]:
    """Answers as the view of `path` does to whom `client` belongs to, and renders the whole page.

    What stands between them looks at no query string, and costs more than most views do.
    """
    user, found, requests = get_user(client), resolve(path), RequestFactory()

    def answer(url: str) -> HttpResponse:
        request = requests.get(url)
        request.user = user
        response: HttpResponse = found.func(request, *found.args, **found.kwargs)
        return response

    return answer


def plan_of(sql: str) -> str:
    """How the database would answer a statement if its tables were long: by an index if one
    serves at all."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}")
        lines = [str(row[0]) for row in cursor.fetchall()]
        cursor.execute("SET LOCAL enable_seqscan = on")
    return "\n".join(lines)


class _Counter(HTMLParser):
    elements = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements += 1


def assert_small(html: str) -> None:
    """U12: what a page may weigh."""
    counter = _Counter()
    counter.feed(html)
    assert counter.elements <= 1_500
    assert len(html.encode()) <= 150_000
