"""Whom the builder refuses, and what it stands."""

import pytest
from django.test import Client

from portal.builder.form import form_of
from portal.roles import Role
from provisioning.actions.registry import ACTIONS
from provisioning.rules import drafts
from provisioning.rules.models import Rule
from tests.portal.pages.rules.builder.support import EDIT, kept
from tests.support.factories import (
    COMMAND,
    client_of,
    make_event,
    make_person,
    make_profile,
    make_user,
)
from tests.support.list_checks import html_of, queries_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("query", ["for=x&find=%00&at=<b>", "for=event:ZZZZ", "at=" + "s." * 400])
def test_no_query_breaks_it(client: Client, rule: Rule, query: str) -> None:
    assert client.get(f"{EDIT}?{query}").status_code == 200


@pytest.mark.parametrize("posted", [
    {}, {"op": "add:9.9"}, {"op": "remove-step:99", "seen": "x"}, {"op": "for:<b>"},
    {"c.1.kind": "all", "c.1.1.raw": "\x00a: [", "s.1.raw": "{", "rest": "- 1"},
    {"s.1.action": "no.such", "s.1.with": "5", "op": "step-up:1"}, {"op": "x" * 5000},
])  # fmt: skip
def test_no_post_breaks_it(client: Client, rule: Rule, posted: dict[str, str]) -> None:
    assert client.post(EDIT, posted).status_code < 500


def test_those_who_may_not_edit_are_refused(rule: Rule) -> None:
    for role in (Role.AUDITOR, Role.APPROVER):
        client = client_of(make_user(role))
        assert client.get(EDIT).status_code == 403
        assert client.post(EDIT, {"op": "save"}).status_code == 403
    assert client_of(make_user(Role.ADMIN)).get(EDIT).status_code == 200


def test_an_unknown_rule_is_not_found(client: Client) -> None:
    assert client.get("/rules/nobody/edit/").status_code == 404
    assert client.post("/rules/nobody/edit/", {"op": "save"}).status_code == 404


def test_the_number_of_queries_is_at_most_12(client: Client, rule: Rule) -> None:
    event = make_event(make_person())
    make_profile(event)
    drafts.start(rule, actor=COMMAND)

    assert len(queries_of(client, EDIT)) <= 12
    assert len(queries_of(client, f"{EDIT}?for=event:{event.code}")) <= 12


def test_a_rule_too_large_for_a_form_is_left_to_yaml(client: Client, rule: Rule) -> None:
    draft = drafts.start(rule, actor=COMMAND)
    check = {"field": "user.status", "op": "equals", "value": "x"}
    many = {"any": [{"all": [check] * 80}] * 5}
    definition = {**kept(), "when": many}
    drafts.save(draft, definition=definition, seen=draft.seen, actor=COMMAND)

    assert len(form_of(definition, ACTIONS).fields()) > 900
    assert "too large for the builder" in html_of(client, EDIT)
