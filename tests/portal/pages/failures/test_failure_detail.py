"""The page of one cause."""

from datetime import timedelta

import pytest
from django.test import Client

from portal.roles import Role
from provisioning.plans.models import Plan
from provisioning.rules.models import Rule
from provisioning.runs import replays
from tests.support.factories import (
    COMMAND,
    client_of,
    current_of,
    make_event,
    make_person,
    make_rule,
    make_user,
)
from tests.support.list_checks import html_of, plan_of, queries_of, row_links
from tests.support.run_factories import make_group, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.ADMIN))


@pytest.fixture
def rule() -> Rule:
    return make_rule("joiner")


def test_it_says_cause_hint_runs_and_people(client: Client, rule: Rule) -> None:
    events = [make_event(make_person(f"p{number}@acme.example")) for number in range(3)]
    runs = [make_run(rule, event, states=("failed", "waiting")) for event in events]
    group = make_group(rule, runs=runs)

    html = html_of(client, f"/failures/{group.code}/")

    assert "The bucket team-folders does not exist." in html
    assert "Make the bucket, then replay." in html
    assert "3 open runs, 3 people touched" in html
    assert len(row_links(html)) == 3
    assert '/runs/?person=p1%40acme.example"' in html
    assert f'name="g" value="{group.code}"' in html
    assert 'action="/failures/replay/"' in html


def test_a_rule_changed_within_the_hour_before_is_named(client: Client, rule: Rule) -> None:
    made = current_of(rule).created_at
    run = make_run(rule, states=("failed", "waiting"))
    soon = make_group(rule, runs=[run], first_at=made + timedelta(minutes=59))
    late = make_group(rule, first_at=made + timedelta(minutes=61))

    assert "joiner v1" in html_of(client, f"/failures/{soon.code}/")
    assert "No rule was changed within the hour" in html_of(client, f"/failures/{late.code}/")


def test_after_a_replay_it_says_that_nothing_is_open_and_who_did_it(
    client: Client, rule: Rule
) -> None:
    stopped = [make_run(rule, states=("failed", "waiting")) for _ in range(2)]
    group = make_group(rule, runs=stopped)
    client.post("/failures/replay/", {"g": group.code})
    for run in stopped:
        replays.replay(run, actor=COMMAND)

    html = html_of(client, f"/failures/{group.code}/")

    assert "Nothing is open here any more" in html
    assert "2 planned" in html
    assert Plan.objects.get().code in html


def test_the_number_of_queries_is_at_most_12_for_10_and_for_100_runs(
    client: Client, rule: Rule
) -> None:
    ten = make_group(rule, runs=[make_run(rule, states=("failed",)) for _ in range(10)])
    hundred = make_group(rule, runs=[make_run(rule, states=("failed",)) for _ in range(100)])

    few = queries_of(client, f"/failures/{ten.code}/?size=100")
    many = queries_of(client, f"/failures/{hundred.code}/?size=100")

    assert len(few) == len(many) <= 12


def test_an_unknown_code_is_not_found(client: Client) -> None:
    assert client.get("/failures/000000000000/").status_code == 404


def test_the_sample_is_found_by_the_index_of_open_failures(client: Client, rule: Rule) -> None:
    """U10: never by reading all steps."""
    group = make_group(rule, runs=[make_run(rule, states=("failed", "waiting"))])

    statements = queries_of(client, f"/failures/{group.code}/")

    (sample,) = [one for one in statements if 'FROM "provisioning_step"' in one]
    assert "run_needs_a_person" in plan_of(sample)
