"""The filter form is the grammar of a list's URL."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from pytest_django import DjangoAssertNumQueries

from portal import listing
from portal.models import User
from tests.portal.web.listing_support import ask, make_users, names

pytestmark = pytest.mark.django_db


def test_repeated_values_of_one_field_mean_or() -> None:
    make_users([1, 2])
    User.objects.filter(username="user001").update(is_active=False)
    assert names(ask("state=False")) == ["user001"]
    assert names(ask("state=False&state=True")) == ["user000", "user001"]


def test_since_counts_back_from_now_and_from_to_are_fixed() -> None:
    make_users([1, 30, 100])
    assert names(ask("since=24h")) == ["user000"]
    assert names(ask("since=2d")) == ["user000", "user001"]
    assert names(ask("from=2026-11-16&to=2026-11-19T10:00Z")) == ["user001", "user002"]


def test_the_search_looks_into_every_named_column() -> None:
    make_users([1, 2])
    User.objects.filter(username="user001").update(email="jane.doe@acme.example")
    assert names(ask("q=JANE")) == ["user001"]
    assert names(ask("q=user00")) == ["user000", "user001"]


def test_a_qualifier_in_the_search_box_becomes_the_field() -> None:
    make_users([1, 2])
    page = ask({"q": "name:user001"})
    assert names(page) == ["user001"]
    assert page.url == "/users/?name=user001"


def test_a_word_with_a_colon_that_names_no_field_stays_in_the_search() -> None:
    make_users([1])
    User.objects.update(email="colour:red")
    assert names(ask({"q": "colour:red"})) == ["user000"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("state=faild", "State: No state called “faild”."),
        ("since=yesterday", "“yesterday” is no span of time"),
        ("from=soon", "“soon” is no time"),
        ("from=2026-13-45", "is no time"),
        ("since=24h&from=2026-01-01", "not both"),
        ("from=2026-02-01&to=2026-01-01", "before its start"),
        ("size=1000", "is no page size"),
        ("q=%00", "Null characters"),
        ("q=state:nope", "No state called “nope”."),
    ],
)
def test_a_broken_value_is_said_and_nothing_is_listed(query: str, said: str) -> None:
    make_users([1])
    page = ask(query)
    assert page.status == 400
    assert said in " ".join(page.problems)
    assert not page.rows


def test_an_unknown_parameter_is_said_and_the_rest_applies() -> None:
    make_users([1, 30])
    page = ask("stat=failed&since=24h")
    assert page.status == 200
    assert page.notices == ["This list has no filter called “stat”; it was not applied."]
    assert names(page) == ["user000"]


def test_equal_views_have_equal_urls_without_defaults() -> None:
    one = ask("size=50&since=24h&state=True&state=False&q=")
    other = ask("state=False&state=True&since=24h")
    assert one.url == other.url == "/users/?state=False&state=True&since=24h"


def test_the_shared_link_has_fixed_times_and_no_cursor() -> None:
    make_users(range(60))
    older = ask("since=7d").older_url
    page = ask(f"{urlsplit(older).query}")
    shared = dict(parse_qsl(urlsplit(page.share_url).query))
    assert shared == {"from": "2026-11-13T10:02:00Z", "to": "2026-11-20T10:02:00Z"}
    assert page.share_url.startswith("http://testserver/users/?")


def test_each_applied_filter_is_a_chip_that_leads_to_the_list_without_it() -> None:
    chips = ask("state=True&since=24h&q=jane").chips
    assert [(chip.label, chip.value) for chip in chips] == [
        ("Search", "jane"), ("State", "Active"), ("Since", "24 h"),
    ]  # fmt: skip
    assert chips[1].remove_url == "/users/?q=jane&since=24h"


def test_a_list_makes_two_queries_whatever_its_size(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_users(range(120))
    for query in ("", "size=100&state=True"):
        with django_assert_num_queries(2):
            ask(query)


def test_a_broken_value_asks_the_database_nothing(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        ask("state=faild")


def test_a_large_count_is_an_estimate_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    make_users(range(60))
    assert ask("").shown == "1–50 of 60 users"
    monkeypatch.setattr(listing, "COUNT_CAP", 10)
    count = ask("").count
    assert not count.exact
    assert str(count).startswith(("about ", "more than "))


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (listing.Count(1284), "1,284"),
        (listing.Count(12_431, exact=False), "about 12,400"),
        (listing.Count(300, exact=False), "more than 10,000"),
    ],
)
def test_a_count_says_how_sure_it_is(count: listing.Count, said: str) -> None:
    assert str(count) == said


def test_news_are_counted_from_the_first_row_that_somebody_sees() -> None:
    make_users([5, 6])
    news_url = ask("").news_url
    query = urlsplit(news_url).query
    assert ask(query).news == 0
    User.objects.create(username="late", date_joined="2026-11-20T10:00:00Z")
    assert ask(query).news == 1


def test_one_row_and_a_noun_in_y_are_counted_in_english() -> None:
    make_users([1])
    assert ask("").shown == "1 user"
    assert listing.Page(ask("").form, "delivery", "/").plural == "deliveries"
