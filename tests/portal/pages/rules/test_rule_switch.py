"""Turning a rule on and off through its confirmation page."""

import pytest
from django.test import Client

from audit.models import Entry
from portal.roles import Role
from provisioning.approvals.models import Policy
from provisioning.rules.models import Rule
from tests.support.factories import client_of, make_rule, make_user
from tests.support.list_checks import html_of
from tests.support.run_factories import make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR))


@pytest.fixture
def rule() -> Rule:
    return make_rule("joiner")


def test_the_page_says_what_happens_and_changes_nothing(client: Client, rule: Rule) -> None:
    make_run(rule, states=("running", "waiting"))

    html = html_of(client, "/rules/joiner/switch/")

    assert "From now on the rule is not asked about any user.lifecycle.create" in html
    assert "Runs that have begun go on: 1 now." in html
    assert Rule.objects.get().enabled


def test_turning_off_is_in_the_trail_with_who_did_it(client: Client, rule: Rule) -> None:
    html = client.post("/rules/joiner/switch/", {"on": "0"}, follow=True).content.decode()

    assert not Rule.objects.get().enabled
    assert "The rule joiner is off." in html
    entry = Entry.objects.get(verb="rule.turned_off")
    assert (entry.object_id, entry.actor_kind) == ("joiner", "user")


def test_posting_twice_changes_once(client: Client, rule: Rule) -> None:
    for _ in range(2):
        html = client.post("/rules/joiner/switch/", {"on": "0"}, follow=True).content.decode()

    assert "The rule joiner was off already." in html
    assert Entry.objects.filter(verb="rule.turned_off").count() == 1


def test_a_rule_that_is_off_can_be_turned_on(client: Client, rule: Rule) -> None:
    Policy.objects.create(four_eyes=False)
    client.post("/rules/joiner/switch/", {"on": "0"})
    html = html_of(client, "/rules/joiner/switch/")
    client.post("/rules/joiner/switch/", {"on": "1"})

    assert "Events that came while it was off are not looked at again." in html
    assert Rule.objects.get().enabled


def test_a_form_that_says_neither_changes_nothing(client: Client, rule: Rule) -> None:
    html = client.post("/rules/joiner/switch/", {"on": "x"}, follow=True).content.decode()

    assert "Nothing was changed" in html
    assert Rule.objects.get().enabled


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.APPROVER])
def test_others_see_no_switch_and_are_refused(rule: Rule, role: Role) -> None:
    client = client_of(make_user(role))

    assert "/switch/" not in html_of(client, "/rules/joiner/")
    assert client.post("/rules/joiner/switch/", {"on": "0"}).status_code == 403
    assert Rule.objects.get().enabled
    assert Entry.objects.get(verb="access.denied").object_id == "rule-switch"
