"""One rule to read: as text, as YAML, in its versions."""

import pytest
from django.test import Client

from portal.roles import Role
from provisioning.actions.registry import ACTIONS
from provisioning.rules import versions
from provisioning.rules.definitions import load_rule
from provisioning.rules.models import Rule
from tests.support.factories import COMMAND, RULE, client_of, make_event, make_rule, make_user
from tests.support.list_checks import assert_nothing_breaks, html_of, queries_of, row_links
from tests.support.run_factories import make_group, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.AUDITOR))


@pytest.fixture
def rule() -> Rule:
    """A rule with two versions."""
    make_rule("joiner")
    text = RULE.format(name="joiner", title="Joiner, engineering")
    changed = text.replace("[SE, NO]", "[SE, NO, DK]").replace("folder is ready", "folder")
    versions.apply([load_rule(changed, "x", actions=ACTIONS)], actor=COMMAND)
    return Rule.objects.get(name="joiner")


def test_it_reads_when_if_then(client: Client, rule: Rule) -> None:
    html = html_of(client, "/rules/joiner/")

    assert "<code>user.lifecycle.create</code>" in html
    assert "All of these are true" in html
    assert "At least one of these is true" in html
    assert "<code>SE, NO, DK</code>" in html
    assert "Create an S3 folder" in html
    assert "marketing-{{ user.profile.firstName }}/" in html


def test_the_latest_events_of_its_types_can_be_chosen_for_a_test(
    client: Client, rule: Rule
) -> None:
    listed, other = make_event(), make_event(event_type="user.session.start")

    html = html_of(client, "/rules/joiner/")

    assert f'<option value="{listed.code}">' in html
    assert other.code not in html


def test_open_failures_are_counted_with_a_link(client: Client, rule: Rule) -> None:
    rule.refresh_from_db()
    make_group(rule, runs=[make_run(rule, states=("failed",)) for _ in range(2)])

    assert 'href="/failures/?rule=joiner">2</a>' in html_of(client, "/rules/joiner/")


def test_the_yaml_of_any_version_can_be_read(client: Client, rule: Rule) -> None:
    now, then = (html_of(client, f"/rules/joiner/yaml/{query}") for query in ("", "?version=1"))

    assert "DK" in now
    assert "DK" not in then
    assert "This is version 1 of" in then


@pytest.mark.parametrize("version", ["3", "0", "x", "9" * 30, "%00", "٣"])
def test_a_version_that_is_not_there_is_not_found(client: Client, rule: Rule, version: str) -> None:
    assert client.get(f"/rules/joiner/yaml/?version={version}").status_code == 404


def test_versions_are_listed_newest_first(client: Client, rule: Rule) -> None:
    assert row_links(html_of(client, "/rules/joiner/versions/")) == [
        "/rules/joiner/yaml/?version=2",
        "/rules/joiner/yaml/?version=1",
    ]


def test_choosing_two_versions_leads_to_their_difference(client: Client, rule: Rule) -> None:
    response = client.get("/rules/joiner/versions/?a=2&b=1")

    assert response.headers["Location"] == "/rules/joiner/versions/1..2/"


@pytest.mark.parametrize("query", ["a=1", "a=1&b=1", "a=x&b=2", "b=" + "9" * 30])
def test_choosing_no_pair_says_what_to_do(client: Client, rule: Rule, query: str) -> None:
    html = client.get(f"/rules/joiner/versions/?{query}", follow=True).content.decode()

    assert "Choose two different versions to compare." in html


def test_a_difference_is_said_in_words_and_shown_in_yaml(client: Client, rule: Rule) -> None:
    html = html_of(client, "/rules/joiner/versions/1..2/")

    assert "Country now also allows DK." in html
    assert "Step mail: subject is now “Your folder”; it was “Your folder is ready”." in html
    assert 'class="diff-added"' in html


def test_a_difference_with_a_version_that_is_not_there_is_not_found(
    client: Client, rule: Rule
) -> None:
    assert client.get("/rules/joiner/versions/1..7/").status_code == 404
    assert client.get(f"/rules/joiner/versions/1..{'9' * 30}/").status_code == 404


def test_an_unknown_rule_is_not_found(client: Client) -> None:
    assert client.get("/rules/nobody/").status_code == 404


def test_no_query_string_breaks_the_versions(client: Client, rule: Rule) -> None:
    assert_nothing_breaks(client, "/rules/joiner/versions/", ("author",), 300)


@pytest.mark.parametrize("page", ["", "yaml/", "versions/", "versions/1..2/", "test/"])
def test_the_number_of_queries_is_at_most_12(rule: Rule, page: str) -> None:
    client = client_of(make_user(Role.ADMIN))
    for _ in range(30):
        make_event()

    assert len(queries_of(client, f"/rules/joiner/{page}")) <= 12
