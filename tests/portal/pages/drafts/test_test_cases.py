"""A past event becomes a test case; what fails it is neither asked for nor published."""

import pytest
from django.test import Client

from audit.models import Entry
from audit.trail import Actor
from portal.roles import Role
from provisioning.events.models import Event, EventProfile
from provisioning.rules import drafts, publishing, testcases
from provisioning.rules.definitions import load_definition
from provisioning.rules.drafts import DraftRefused
from provisioning.rules.models import Draft, Rule, RuleTest
from tests.support.factories import (
    client_of,
    current_of,
    make_event,
    make_person,
    make_profile,
    make_rule,
    make_user,
)
from tests.support.list_checks import html_of

pytestmark = pytest.mark.django_db
MAYA = Actor("user", "U-MAYA", "maya", "198.51.100.7")


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR, "maya"))


@pytest.fixture
def rule() -> Rule:
    return make_rule("joiner")


@pytest.fixture
def event() -> Event:
    event = make_event(make_person("jane@acme.example"))
    make_profile(event)
    return event


def kept(client: Client, event: Event, **values: str) -> RuleTest:
    sent = {"event": event.code, "matched": "1", "hold_calls": "on", "note": "A joiner", **values}
    client.post("/rules/joiner/tests/keep/", sent)
    return RuleTest.objects.get()


def changed(old: str, new: str) -> Draft:
    draft = drafts.start(Rule.objects.get(), actor=MAYA)
    source = draft.source.replace(old, new)
    assert source != draft.source
    return drafts.save(draft, source=source, seen=draft.seen, actor=MAYA)


def test_an_event_is_saved_with_a_copy_of_what_was_known(
    client: Client, rule: Rule, event: Event
) -> None:
    assert "Would match" in html_of(client, f"/rules/joiner/tests/keep/?event={event.code}")
    test = kept(client, event)
    EventProfile.objects.all().delete()
    Event.objects.filter(pk=event.pk).update(body="{}")
    (result,) = testcases.run_tests(load_definition(current_of(rule).definition))
    assert result.passed
    assert test.calls is not None
    assert Entry.objects.get(verb="rule-test.saved").data["rule"] == "joiner"


def test_the_event_page_and_the_test_page_lead_there(
    client: Client, rule: Rule, event: Event
) -> None:
    link = f'/rules/joiner/tests/keep/?event={event.code}"'
    assert link in html_of(client, f"/rules/joiner/test/?event={event.code}")


def test_what_the_rule_does_not_say_now_is_not_saved(
    client: Client, rule: Rule, event: Event
) -> None:
    sent = {"event": event.code, "matched": "0"}
    answer = client.post("/rules/joiner/tests/keep/", sent)
    assert answer.status_code == 400
    assert "Now the rule matches this event." in answer.content.decode()
    assert not RuleTest.objects.exists()


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("value: Marketing", "value: Sales", "Department is Sales: not so, it is Marketing"),
        ("marketing-{{", "people-{{", "It would send something else: folder.with.key"),
        ("user.account.update_profile", "user.session.start", None),
    ],
)
def test_a_draft_that_fails_one_is_not_asked_for(
    client: Client, rule: Rule, event: Event, old: str, new: str, why: str | None
) -> None:
    kept(client, event)
    draft = changed(old, new)
    if why is None:
        assert publishing.ask(draft, reason="", actor=MAYA).content["tests"][0]["passed"]
        return
    with pytest.raises(DraftRefused, match="1 of 1 test cases fail"):
        publishing.ask(draft, reason="", actor=MAYA)
    assert why in html_of(client, "/rules/joiner/tests/")
    assert "1 of 1 test cases fails" in html_of(client, "/rules/joiner/draft/")


def test_a_case_that_holds_no_calls_lets_them_change(
    client: Client, rule: Rule, event: Event
) -> None:
    kept(client, event, hold_calls="")
    approval = publishing.ask(changed("marketing-{{", "people-{{"), reason="", actor=MAYA)
    assert [one["passed"] for one in approval.content["tests"]] == [True]


def test_a_rule_that_does_not_start_on_the_type_any_more_fails_it(
    client: Client, rule: Rule, event: Event
) -> None:
    kept(client, event)
    draft = changed("user.lifecycle.create", "user.lifecycle.activate")
    with pytest.raises(DraftRefused, match="does not start on user"):
        publishing.ask(draft, reason="", actor=MAYA)


def test_a_case_is_removed_and_the_trail_keeps_that(
    client: Client, rule: Rule, event: Event
) -> None:
    test = kept(client, event)
    client.post(f"/rules/joiner/tests/{test.code}/remove/")
    assert not RuleTest.objects.exists()
    assert Entry.objects.get(verb="rule-test.removed").data["event"] == event.code


def test_others_read_them_and_change_nothing(client: Client, rule: Rule, event: Event) -> None:
    test = kept(client, event)
    other = client_of(make_user(Role.AUDITOR))
    assert "A joiner" in html_of(other, "/rules/joiner/tests/")
    assert other.post(f"/rules/joiner/tests/{test.code}/remove/").status_code == 403
    assert other.post("/rules/joiner/tests/keep/", {"event": event.code}).status_code == 403
