"""The failures inbox: one row for each cause that has open runs."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from portal.roles import Role
from provisioning.events.models import Event
from provisioning.rules.models import Rule
from provisioning.runs import replays
from provisioning.runs.models import FailureGroup
from tests.support.factories import (
    COMMAND,
    client_of,
    make_event,
    make_person,
    make_rule,
    make_user,
)
from tests.support.list_checks import assert_nothing_breaks, html_of, queries_of, row_links
from tests.support.run_factories import make_group, make_run

pytestmark = pytest.mark.django_db
NAMES = ("state", "runs", "rule", "action", "advice")
STOPPED = ("failed", "waiting")


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR))


@pytest.fixture
def rule() -> Rule:
    return make_rule("joiner")


def cause(rule: Rule, runs: int = 1, **values: object) -> FailureGroup:
    return make_group(rule, runs=[make_run(rule, states=STOPPED) for _ in range(runs)], **values)


def links(client: Client, query: str = "") -> list[str]:
    return row_links(html_of(client, f"/failures/{query}"))


def test_the_head_counts_runs_and_causes(client: Client, rule: Rule) -> None:
    cause(rule, 3)
    cause(rule, 1)

    assert "4 runs with 2 causes are stopped and need a person" in html_of(client, "/failures/")


def test_a_row_says_cause_target_count_and_advice(client: Client, rule: Rule) -> None:
    cause(rule, 2, advice=FailureGroup.Advice.RETRY)

    html = html_of(client, "/failures/")

    assert "The bucket team-folders does not exist.</a>" in html
    assert "NoSuchBucket · Create an S3 folder" in html
    assert "s3://team-folders" in html
    assert 'class="num strong">2<' in html
    assert "Retry is safe" in html


def test_the_sparkline_counts_the_last_24_hours(client: Client, rule: Rule) -> None:
    now = datetime.now(UTC)
    recent = make_run(rule, states=STOPPED, finished_at=now)
    old = make_run(rule, states=STOPPED, finished_at=now - timedelta(days=3))
    make_group(rule, runs=[recent, old])

    assert "1 of 2 in the last 24 h" in html_of(client, "/failures/")


def test_runs_of_earlier_days_are_counted_in_one_row(client: Client, rule: Rule) -> None:
    """U10: a group that failed every hour of a month is read in 25 rows, not in 720."""
    now = datetime.now(UTC)
    hours = [now - timedelta(hours=hour) for hour in (1, 2, *range(30, 60))]
    make_group(rule, runs=[make_run(rule, states=STOPPED, finished_at=at) for at in hours])

    statements = queries_of(client, "/failures/")

    (counting,) = [one for one in statements if "DATE_TRUNC" in one]
    with connection.cursor() as cursor:
        cursor.execute(counting)
        assert cursor.rowcount == 3
    assert "2 of 32 in the last 24 h" in html_of(client, "/failures/")


def test_a_cause_whose_runs_were_all_replayed_is_gone(client: Client, rule: Rule) -> None:
    group = cause(rule)
    assert links(client) == [f"/failures/{group.code}/"]

    for run in group.runs.all():
        replays.replay(run, actor=COMMAND)

    html = html_of(client, "/failures/")
    assert row_links(html) == []
    assert "No open failures." in html


@pytest.mark.parametrize(
    "query",
    ["rule=leaver", "action=email.send", "advice=decide", "runs=unknown", "q=lost", "q=hopper"],
)
def test_a_filter_leaves_only_what_it_names(client: Client, rule: Rule, query: str) -> None:
    cause(rule)
    other = make_rule("leaver")
    event = make_event(make_person(name="Grace Hopper"))
    run = make_run(other, event, states=("succeeded", "unknown"))
    wanted = make_group(
        other, runs=[run], action="email.send", advice="decide", message="The answer was lost."
    )

    assert links(client, f"?{query}") == [f"/failures/{wanted.code}/"]


def test_a_rule_without_failures_is_an_empty_list_and_no_error(client: Client, rule: Rule) -> None:
    cause(rule)
    make_rule("leaver")

    assert "No causes match" in html_of(client, "/failures/?rule=leaver")


def test_events_that_could_not_be_matched_are_named_with_a_link(client: Client) -> None:
    make_event(state=Event.State.FAILED, run_count=0)

    html = html_of(client, "/failures/")

    assert "1 event could not be held against the rules and made no run." in html
    assert 'href="/events/?state=unmatched"' in html


def test_an_auditor_sees_the_causes_and_no_boxes(rule: Rule) -> None:
    cause(rule)

    html = html_of(client_of(make_user(Role.AUDITOR)), "/failures/")

    assert "NoSuchBucket" in html
    assert 'type="checkbox" name="g"' not in html
    assert "You can view. Admins and operators can replay." in html


def test_the_same_url_shows_another_session_the_same_rows(client: Client, rule: Rule) -> None:
    cause(rule, advice="retry")
    cause(rule, advice="retry")
    cause(rule)
    mine = links(client, "?advice=retry")

    assert len(mine) == 2
    assert links(client_of(make_user(Role.ADMIN)), "?advice=retry") == mine


def test_the_number_of_queries_is_at_most_8_for_10_and_for_100_rows(
    client: Client, rule: Rule
) -> None:
    for _ in range(10):
        cause(rule)
    few = queries_of(client, "/failures/?size=100&q=bucket")
    for _ in range(90):
        cause(rule)
    many = queries_of(client, "/failures/?size=100&q=bucket")

    assert len(few) == len(many) <= 8


def test_no_query_string_breaks_the_inbox(client: Client, rule: Rule) -> None:
    cause(rule)

    assert_nothing_breaks(client, "/failures/", NAMES, 1_000)
