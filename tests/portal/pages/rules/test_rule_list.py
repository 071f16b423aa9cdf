"""The list of rules: on or off, what starts them, how they do."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from portal.roles import Role
from provisioning.rules import versions
from tests.support.factories import COMMAND, client_of, make_rule, make_user
from tests.support.list_checks import assert_nothing_breaks, html_of, queries_of, row_links
from tests.support.run_factories import make_run

pytestmark = pytest.mark.django_db
LEAVER = """\
name: leaver
kind: event
title: Offboarding alert
on: [user.lifecycle.suspend]
do:
  - id: alert
    action: slack.post_message
    with: {channel: "#offboarding", text: gone}
"""


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.AUDITOR))


def test_a_row_says_title_state_types_and_version(client: Client) -> None:
    make_rule("joiner", title="Joiner, engineering")

    html = html_of(client, "/rules/")

    assert row_links(html) == ["/rules/joiner/"]
    assert "Joiner, engineering</a>" in html
    assert "user.lifecycle.create" in html
    assert "1. folder, 2. mail" in html
    assert ">v1</a>" in html


def test_the_last_30_days_are_counted_with_the_share_that_stopped(client: Client) -> None:
    rule, now = make_rule("joiner"), datetime.now(UTC)
    for days in (0, 1, 2, 40):
        make_run(rule, created_at=now - timedelta(days=days))
    make_run(rule, states=("failed",), created_at=now)
    make_run(rule, created_at=now, mode="replay")

    html = html_of(client, "/rules/")

    assert "4 matches</a>" in html
    assert "25 %" in html


def test_the_count_of_matches_leads_to_as_many_runs(client: Client) -> None:
    rule = make_rule("joiner")
    for _ in range(3):
        make_run(rule, created_at=datetime.now(UTC))

    assert 'href="/runs/?rule=joiner&amp;mode=live&amp;since=30d"' in html_of(client, "/rules/")
    assert len(row_links(html_of(client, "/runs/?rule=joiner&mode=live&since=30d"))) == 3


@pytest.mark.parametrize("query", ["state=off", "type=user.lifecycle.suspend", "q=offboarding"])
def test_a_filter_leaves_only_what_it_names(client: Client, query: str) -> None:
    make_rule("joiner")
    make_rule(text=LEAVER)
    versions.switch("leaver", on=False, actor=COMMAND)

    assert row_links(html_of(client, f"/rules/?{query}")) == ["/rules/leaver/"]


def test_an_empty_list_says_how_to_load_a_rule(client: Client) -> None:
    assert "manage.py rules apply FILE" in html_of(client, "/rules/")


def test_the_number_of_queries_is_at_most_8_for_10_and_for_100_rows(client: Client) -> None:
    for _ in range(10):
        make_run(make_rule())
    few = queries_of(client, "/rules/?size=100")
    for _ in range(90):
        make_rule()
    many = queries_of(client, "/rules/?size=100")

    assert len(few) == len(many) <= 8


def test_no_query_string_breaks_the_list(client: Client) -> None:
    make_rule("joiner")

    assert_nothing_breaks(client, "/rules/", ("state", "type"), 1_000)
