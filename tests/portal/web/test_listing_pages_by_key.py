"""Paging by key shows every row once, in order, in both directions."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal import keyset
from portal.keyset import CursorError, Order, cursor_of, read_cursor
from portal.models import User
from tests.portal.web.listing_support import NEWEST_FIRST, ask, follow, make_users, names

ORDERS = [
    NEWEST_FIRST, Order("date_joined", descending=False), Order(), Order("username"),
]  # fmt: skip


def by_offset(order: Order) -> list[str]:
    rows = User.objects.order_by(*order.names())
    return list(rows.values_list("username", flat=True))


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    hours=st.lists(st.integers(0, 6), max_size=25),
    size=st.integers(1, 7),
    order=st.sampled_from(ORDERS),
)
def test_forwards_and_backwards_give_the_order_of_offset(
    hours: list[int], size: int, order: Order
) -> None:
    User.objects.all().delete()
    make_users(hours)
    expected = by_offset(order)
    seen: list[str] = []
    page = keyset.window(User.objects.all(), order, size)
    while True:
        seen += [user.username for user in page.rows]
        if not page.has_older:
            break
        after = cursor_of(page.rows[-1], order)
        page = keyset.window(User.objects.all(), order, size, after=after)
        assert page.has_newer
    assert seen == expected

    back: list[str] = []
    while page.has_newer:
        back = [user.username for user in page.rows] + back
        before = cursor_of(page.rows[0], order)
        page = keyset.window(User.objects.all(), order, size, before=before)
    assert [user.username for user in page.rows] + back == expected


@pytest.mark.django_db
def test_the_links_of_a_list_lead_to_the_next_rows_and_back() -> None:
    make_users(range(120))
    first = ask("")
    second = follow(first.older_url)
    third = follow(second.older_url)
    assert [len(page.rows) for page in (first, second, third)] == [50, 50, 20]
    assert not first.newer_url
    assert not third.older_url
    assert names(follow(third.newer_url)) == names(second)
    back = follow(second.newer_url)
    assert names(back) == names(first)
    assert back.is_first


@pytest.mark.django_db
def test_rows_that_arrive_meanwhile_move_nothing() -> None:
    make_users(range(10, 130))
    second_url = ask("").older_url
    before = names(follow(second_url))
    User.objects.create(username="late", date_joined="2026-11-20T10:00:00Z")
    assert names(follow(second_url)) == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cursor",
    ["x", "☃", "MTIz", "fg", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5fjIwMjYtMTEtMjA", "-" * 400, "="],
)
def test_a_broken_cursor_is_a_message_and_no_rows(cursor: str) -> None:
    make_users([1])
    page = ask({"after": cursor})
    assert page.status == 400
    assert "page marker" in page.problems[0]
    assert not page.rows


@pytest.mark.django_db
def test_a_cursor_of_another_order_is_refused() -> None:
    (user,) = make_users([1])
    with pytest.raises(CursorError):
        read_cursor(User, NEWEST_FIRST, cursor_of(user, Order("username")))


@pytest.mark.django_db
def test_a_cursor_keeps_microseconds_and_odd_text() -> None:
    user = User.objects.create(username="a~b ☃", date_joined="2026-11-20T10:00:00.123456Z")
    user.refresh_from_db()
    assert read_cursor(User, NEWEST_FIRST, cursor_of(user, NEWEST_FIRST)) == (
        user.date_joined, user.pk,
    )  # fmt: skip
    assert read_cursor(User, Order("username"), cursor_of(user, Order("username"))) == (
        "a~b ☃", user.pk,
    )  # fmt: skip
