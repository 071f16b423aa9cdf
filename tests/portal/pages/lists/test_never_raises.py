"""A list answers 200 or 400 with words, whatever stands in its address."""

import random
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import resolve

from portal.models import User
from tests.portal.pages.lists.support import LISTS, fill, reader

NAMES = (
    "q", "since", "from", "to", "size", "after", "before", "news", "type", "state", "source",
    "person", "actor", "delivery", "outcome", "reason", "verb", "kind", "object", "request",
    "sort", "view", "zzz",
)  # fmt: skip
VALUES = (
    "", "failed", "unmatched", "hook", "bad_secret", "24h", "0h", "99999d", "7x", "2026-11-20",
    "2026-11-20T09:12:00Z", "2026-13-40", "0001-01-01", "9999-12-31T23:59:59Z", "50", "100", "-1",
    "\x00", "a\x00b", "'; DROP TABLE x; --", "%", "_", "\\", "\ud7ff", "\U0001f600", "é" * 150,
    "x" * 300, "MQ", "MX4yMDI2", "fn4", "null", "None", "[]", "state:failed", 'actor:"a b"',
    "state:faild jane", "9" * 30, "00u1", "jane@acme.example", "a@", "<script>", "{{ 7*7 }}", "\n",
)  # fmt: skip


def query(chance: random.Random) -> str:
    pairs = [(chance.choice(NAMES), chance.choice(VALUES)) for _ in range(chance.randint(1, 4))]
    return urlencode(pairs)


def answer(view: Callable[[HttpRequest], HttpResponse], path: str, user: User) -> HttpResponse:
    request = RequestFactory().get(path)
    request.user = user
    return view(request)


@pytest.mark.django_db
@pytest.mark.parametrize("path", LISTS)
def test_a_thousand_strange_addresses_get_an_answer_each(path: str) -> None:
    fill(3)
    user, view, chance = reader(), resolve(path).func, random.Random(path)  # noqa: S311
    seen = set()
    for _ in range(1000):
        asked = f"{path}?{query(chance)}"
        response = answer(view, asked, user)
        assert response.status_code in (200, 400), asked
        if response.status_code == 400 and "news=" not in asked:
            assert b'role="alert"' in response.content, asked
        seen.add(response.status_code)
    assert seen == {200, 400}


@pytest.mark.django_db
@pytest.mark.parametrize("path", LISTS)
def test_a_filter_that_does_not_exist_is_named(path: str) -> None:
    response = answer(resolve(path).func, f"{path}?colour=red", reader())
    assert response.status_code == 200
    assert "no filter called “colour”" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked", ["/events/?state=faild", "/deliveries/?reason=faild", "/audit/?verb=faild"]
)
def test_an_unknown_value_is_named_and_nothing_is_listed(asked: str) -> None:
    fill(2)
    response = answer(resolve(asked.partition("?")[0]).func, asked, reader())
    html = response.content.decode()
    assert response.status_code == 400
    assert "called “faild”" in html
    assert "<tbody>" not in html
