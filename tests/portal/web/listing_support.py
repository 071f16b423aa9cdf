"""A list over the portal's own accounts, for the tests of listing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.test import RequestFactory

from portal import listing
from portal.forms.filters import FilterForm, Menu, Text
from portal.keyset import Order
from portal.models import User

NOW = datetime(2026, 11, 20, 10, 2, tzinfo=UTC)
NEWEST_FIRST = Order("date_joined")


class UserFilters(FilterForm):
    time_column = "date_joined"
    search_columns = ("username", "email")
    state = Menu("State", [("True", "Active"), ("False", "Turned off")], column="is_active")
    name = Text("Name", column="username")


def make_users(hours: Sequence[int], **facts: object) -> list[User]:
    """One account for each number: joined so many hours before NOW."""
    return User.objects.bulk_create(
        [
            User(username=f"user{n:03}", date_joined=NOW - timedelta(hours=hour), **facts)
            for n, hour in enumerate(hours)
        ]
    )


def ask(query: str | dict[str, object], order: Order = NEWEST_FIRST) -> listing.Page[User]:
    """The page that a query string, or these parameters, asks for at NOW."""
    text = query if isinstance(query, str) else urlencode(query, doseq=True)
    request = RequestFactory().get("/users/", QUERY_STRING=text)
    return listing.build(
        request, User.objects.all(), UserFilters, order=order, noun="user", now=NOW
    )


def follow(url: str, order: Order = NEWEST_FIRST) -> listing.Page[User]:
    return ask(url.partition("?")[2], order)


def names(page: listing.Page[User]) -> list[str]:
    return [user.username for user in page.rows]
