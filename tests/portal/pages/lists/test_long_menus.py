"""Hundreds of rules and types: a menu shows some of them, and the list is reached by all (U12)."""

from datetime import timedelta

import pytest
from django.test import Client

from portal.roles import Role
from provisioning.rules.models import Rule
from provisioning.runs.models import Run
from tests.support.factories import NOW, client_of, make_event, make_person, make_rule, make_user
from tests.support.list_checks import assert_small, html_of, row_links
from tests.support.run_factories import make_group, make_run

pytestmark = pytest.mark.django_db
STOPPED = ("failed", "waiting")


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.ADMIN))


def many_rules(count: int) -> None:
    """Rules nobody ever used; their names stand before all others in the alphabet."""
    names = [f"a-rule-{number:03}" for number in range(count)]
    Rule.objects.bulk_create([Rule(name=one, created_at=NOW, changed_at=NOW) for one in names])


def options(client: Client, url: str, name: str) -> list[str]:
    """The values in a menu of the filter row."""
    menus = client.get(url).context["page"].form.menus()
    (menu,) = [one for one in menus if one.name == name]
    return [value for value, _, _ in menu.options]


def test_a_few_rules_are_all_in_the_menu(client: Client) -> None:
    many_rules(49)
    make_run(make_rule("used"))

    assert len(options(client, "/runs/", "rule")) == 50
    assert "into the search box" not in html_of(client, "/runs/")


@pytest.mark.parametrize(("size", "most"), [("50", 50), ("100", 20)])
def test_of_many_rules_the_menu_has_those_with_the_latest_runs(
    client: Client, size: str, most: int
) -> None:
    many_rules(300)
    for number in range(60):
        make_run(make_rule(f"used-{number:02}"), created_at=NOW - timedelta(hours=number))

    shown = options(client, f"/runs/?size={size}", "rule")

    assert shown == [f"used-{number:02}" for number in range(most)]
    sentence = f"{360 - most} more: write <code>rule:name</code> into the search box."
    assert sentence in html_of(client, f"/runs/?size={size}")


@pytest.mark.parametrize("query", ["rule=z-old", "q=rule:z-old"])
def test_a_rule_outside_the_menu_can_be_asked_for_and_then_stands_in_it(
    client: Client, query: str
) -> None:
    wanted = make_run(make_rule("z-old"), created_at=NOW - timedelta(days=90))
    for number in range(60):
        make_run(make_rule(f"used-{number:02}"))

    assert "z-old" not in options(client, "/runs/", "rule")
    assert row_links(html_of(client, f"/runs/?{query}")) == [f"/runs/{wanted.code}/"]
    assert "z-old" in options(client, f"/runs/?{query}", "rule")


def test_the_search_of_everything_leads_to_a_rule_outside_the_menu(client: Client) -> None:
    many_rules(300)

    found = client.get("/search/?q=rule:a-rule-299", follow=True)

    assert found.request["PATH_INFO"] == "/runs/"
    assert found.context["page"].chips[0].value == "a-rule-299"


def test_the_inbox_has_the_rules_with_the_most_stopped_runs(client: Client) -> None:
    many_rules(300)
    rule = make_rule("worst")
    make_group(rule, runs=[make_run(rule, states=STOPPED)])

    shown = options(client, "/failures/", "rule")

    assert len(shown) == 50
    assert "worst" in shown
    assert row_links(html_of(client, "/failures/?q=rule:a-rule-299")) == []


def test_of_many_types_the_menu_has_the_latest(client: Client) -> None:
    for number in range(60):
        at = NOW - timedelta(hours=number)
        make_event(event_type=f"type.{60 - number:02}", received_at=at)

    shown = options(client, "/events/", "type")

    assert shown == [f"type.{number:02}" for number in range(11, 61)]
    assert len(row_links(html_of(client, "/events/?q=type:type.01"))) == 1


@pytest.mark.parametrize(
    "url",
    [
        "/runs/?size=100&state=failed&mode=replay&replayed=False&since=9000d",
        "/failures/?size=100&runs=failed&advice=fix&action=aws.s3.create_folder",
        "/events/?size=100&state=failed&source=hook&q=somebody&since=9000d",
    ],
)
def test_a_hundred_rows_beside_hundreds_of_rules_and_types_stay_small(
    client: Client, url: str
) -> None:
    many_rules(300)
    rule = make_rule("joiner", title="Everything that somebody needs who joins us")
    for number in range(101):
        login = f"somebody.with.a.long.name.{number}@department-{number}.acme.test"
        person = make_person(login, name="Somebody With A Long Name")
        event = make_event(person, event_type=f"type.{number:03}", state="failed", run_count=1)
        run = make_run(rule, event, states=STOPPED, mode=Run.Mode.REPLAY)
        make_group(rule, runs=[run], target=f"s3://bucket-{number}")

    html = html_of(client, url)

    assert len(row_links(html)) == 100
    assert_small(html)
