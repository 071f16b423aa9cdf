"""Steps and event types come and go, up to a whole rule."""

import pytest
from django.test import Client

from provisioning.rules import drafts
from provisioning.rules.models import Rule
from tests.portal.pages.rules.builder.support import draft_of, kept, post
from tests.support.factories import (
    COMMAND,
    make_event,
)
from tests.support.list_checks import html_of

pytestmark = pytest.mark.django_db


def test_steps_come_go_and_change_places(client: Client, rule: Rule) -> None:
    post(client, "add-step", {"new-step": "slack.post_message"})
    post(client, "step-up:3", {"s.3.w.channel.text": "#it"})

    assert [step["id"] for step in kept()["do"]] == [
        "folder",
        "post_message",
        "mail",
    ]
    post(client, "remove-step:1")
    assert [step["id"] for step in kept()["do"]] == ["post_message", "mail"]
    response = post(client, "add-step")
    assert response.status_code == 422
    assert "Choose what the new step shall do" in response.content.decode()


def test_event_types_can_be_any_and_are_marked(client: Client, rule: Rule) -> None:
    for _ in range(2):
        make_event(event_type="user.lifecycle.create")
    post(client, "add-type")
    response = post(client, "save", {"on.3": "user.mfa.factor.activate"})

    html = html_of(client, response.headers["Location"])
    assert kept()["on"][2] == "user.mfa.factor.activate"
    assert "No such event has come yet." in html
    assert "2 in 30 days" in html


def test_a_new_rule_is_built_from_nothing(client: Client) -> None:
    drafts.start(None, name="joiner", actor=COMMAND)
    post(client, "add-type", {"on.1": "user.lifecycle.create"})
    post(client, "add:1")
    post(client, "add-step", {"c.1.1.field": "user.profile.department", "c.1.1.op": "in",
         "c.1.1.value": 'Sales, "a, b", 5', "new-step": "email.send"})  # fmt: skip
    post(client, "save", {"s.1.w.to.texts": "{{ user.profile.email }}", "s.1.w.subject.text": "Hi",
         "s.1.w.body.text": "one\r\ntwo"})  # fmt: skip

    draft = draft_of()
    assert draft.digest, draft.problems
    assert kept()["when"] == {
        "all": [{"field": "user.profile.department", "op": "in", "value": ["Sales", "a, b", 5]}]
    }
    assert kept()["do"] == [
        {"id": "send", "action": "email.send",
         "with": {"to": "{{ user.profile.email }}", "subject": "Hi", "body": "one\ntwo"}}
    ]  # fmt: skip
