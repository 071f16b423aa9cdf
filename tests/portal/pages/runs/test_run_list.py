"""The list of runs: what a row says, and what the filters leave."""

import pytest
from django.test import Client

from portal import listing
from portal.roles import Role
from provisioning.rules.models import Rule
from provisioning.runs.models import Run
from tests.support.factories import client_of, make_event, make_person, make_rule, make_user
from tests.support.list_checks import (
    assert_nothing_breaks,
    html_of,
    plan_of,
    queries_of,
    row_links,
)
from tests.support.run_factories import make_run

pytestmark = pytest.mark.django_db
NAMES = ("state", "rule", "person", "mode", "event")


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.AUDITOR))


@pytest.fixture
def rule() -> Rule:
    return make_rule("joiner", title="Joiner, engineering")


def link(run: Run) -> str:
    return f"/runs/{run.code}/"


def test_a_row_says_how_far_the_run_came_and_whom_it_is_for(client: Client, rule: Rule) -> None:
    event = make_event(make_person("jane@acme.example"))
    make_run(rule, event, states=("succeeded", "failed"), attempts=6)

    html = html_of(client, "/runs/")

    assert "Joiner, engineering</a> v1" in html
    assert "jane@acme.example" in html
    assert "1 of 2" in html
    assert "8.98 s" in html
    assert 'data-label="Tries" class="num p2">6<' in html


@pytest.mark.parametrize(
    "query", ["state=failed", "person=bad@acme.example", "mode=replay", "rule=leaver", "q=bad"]
)
def test_a_filter_leaves_only_what_it_names(client: Client, rule: Rule, query: str) -> None:
    make_run(rule)
    other = make_run(
        make_rule("leaver"),
        make_event(make_person("bad@acme.example")),
        states=("failed", "waiting"),
        mode=Run.Mode.REPLAY,
    )

    assert row_links(html_of(client, f"/runs/?{query}")) == [link(other)]


def test_a_search_finds_a_run_by_the_name_of_its_person(client: Client, rule: Rule) -> None:
    make_run(rule)
    wanted = make_run(rule, make_event(make_person(name="Grace Hopper")))

    assert row_links(html_of(client, "/runs/?q=hopper")) == [link(wanted)]


def test_a_run_is_found_by_its_code_and_by_its_event(client: Client, rule: Rule) -> None:
    make_run(rule)
    wanted = make_run(rule)

    assert row_links(html_of(client, f"/runs/?q={wanted.code.lower()}")) == [link(wanted)]
    assert row_links(html_of(client, f"/runs/?event={wanted.event.code}")) == [link(wanted)]


def test_an_unknown_state_is_answered_with_a_sentence(client: Client) -> None:
    assert "No state called “faild”." in html_of(client, "/runs/?state=faild", status=400)


def test_the_same_url_shows_another_session_the_same_rows(client: Client, rule: Rule) -> None:
    for _ in range(3):
        make_run(rule, states=("failed", "waiting"))
        make_run(rule)
    url = "/runs/?state=failed&rule=joiner"

    mine = row_links(html_of(client, url))

    assert len(mine) == 3
    assert row_links(html_of(client_of(make_user(Role.ADMIN)), url)) == mine


def test_every_control_of_the_filter_row_has_a_parameter(client: Client, rule: Rule) -> None:
    html = html_of(client, "/runs/")

    assert all(f'name="{name}"' in html for name in (*NAMES, "q", "since", "from", "to"))


def test_pages_follow_each_other_without_gap_or_repeat(client: Client, rule: Rule) -> None:
    runs = [make_run(rule) for _ in range(53)]

    first = client.get("/runs/")
    second = html_of(client, first.context["page"].older_url)

    seen = [*row_links(first.content.decode()), *row_links(second)]
    assert sorted(seen) == sorted(link(run) for run in runs)


def test_an_empty_list_says_what_fills_it(client: Client) -> None:
    assert "A run appears here when an event matches a rule." in html_of(client, "/runs/")


def test_no_match_offers_to_drop_each_filter(client: Client, rule: Rule) -> None:
    make_run(rule)

    assert "Drop a filter to see more" in html_of(client, "/runs/?state=held")


def test_the_number_of_queries_is_at_most_8_for_10_and_for_100_rows(
    client: Client, rule: Rule
) -> None:
    for _ in range(10):
        make_run(rule)
    few = queries_of(client, "/runs/?size=100&q=person")
    for _ in range(90):
        make_run(rule)
    many = queries_of(client, "/runs/?size=100&q=person")

    assert len(few) == len(many) <= 8


def test_a_search_with_more_runs_than_are_counted_asks_at_most_8_times(
    client: Client, rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """U11: then the planner is asked too, and the people are still no query of their own."""
    for _ in range(10):
        make_run(rule)
    monkeypatch.setattr(listing, "COUNT_CAP", 5)

    statements = queries_of(client, "/runs/?q=person")

    assert [one for one in statements if one.startswith("EXPLAIN")]
    assert len(statements) <= 8


def test_a_search_by_people_is_answered_by_the_index_of_logins(client: Client, rule: Rule) -> None:
    """U10: whatever else the text may be, and in the order of the list."""
    make_run(rule)

    statements = queries_of(client, "/runs/?q=person")

    (rows,) = [one for one in statements if 'FROM "provisioning_run" INNER JOIN' in one]
    assert "(person_login = ANY ((InitPlan 1)" in plan_of(rows)


def test_a_poll_counts_the_runs_that_came_since(client: Client, rule: Rule) -> None:
    make_run(rule)
    poll = client.get("/runs/").context["page"].news_url
    make_run(rule)

    assert "1 new run. Show" in html_of(client, poll)


def test_no_query_string_breaks_the_list(client: Client, rule: Rule) -> None:
    make_run(rule)

    assert_nothing_breaks(client, "/runs/", NAMES, 1_000)
