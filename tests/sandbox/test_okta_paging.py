"""Lists come in pages that are followed through Link headers."""

import pytest

from tests.sandbox.conftest import Http


def test_following_next_visits_everybody_once(okta: Http) -> None:
    seen, url = [], "users?limit=5"
    while url:
        answer = okta("GET", url)
        assert len(answer.json) <= 5
        seen += [user["profile"]["login"] for user in answer.json]
        url = answer.link("next")

    assert len(seen) == len(set(seen)) == 12
    assert seen[0] == "ada.admin@acme.example"


def test_self_and_next_are_two_header_lines(okta: Http) -> None:
    lines = okta("GET", "users?limit=5").headers.getlist("Link")

    assert [line.rpartition("rel=")[2] for line in lines] == ['"self"', '"next"']


def test_the_last_page_has_no_next(okta: Http) -> None:
    assert okta("GET", "users?limit=12").link("next") == ""


def test_someone_who_leaves_between_two_pages_breaks_nothing(okta: Http) -> None:
    first = okta("GET", "users?limit=5")
    for _ in range(2):
        okta("DELETE", f"users/{first.json[-1]['id']}")

    assert len(okta("GET", first.link("next")).json) == 5


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=5&after=%F0%9F"])
def test_a_limit_or_cursor_that_makes_no_sense_is_refused(okta: Http, query: str) -> None:
    answer = okta("GET", f"users?{query}")

    assert (answer.status, answer.json["errorCode"]) == (400, "E0000001")


def test_a_filter_that_cannot_be_read_is_e0000053(okta: Http) -> None:
    assert okta("GET", "users?search=status%20eq").json["errorCode"] == "E0000053"
