"""The builder of a rule: every button keeps the draft, and nothing of it is lost."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from audit.redaction import MASK
from portal.builder.form import form_of
from portal.roles import Role
from provisioning.actions.registry import ACTIONS
from provisioning.rules import drafts
from provisioning.rules.models import Draft, Rule
from tests.support.factories import (
    COMMAND,
    HOSTILE,
    RULE,
    SECRET,
    client_of,
    make_event,
    make_person,
    make_profile,
    make_rule,
    make_user,
)
from tests.support.list_checks import html_of, queries_of

pytestmark = pytest.mark.django_db
EDIT = "/rules/joiner/edit/"


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR))


@pytest.fixture
def rule() -> Rule:
    return make_rule("joiner")


def draft_of(name: str = "joiner") -> Draft:
    return Draft.objects.unfinished().get(name=name)


def kept() -> Any:
    """What the draft says."""
    return draft_of().definition


def fields_of(client: Client, path: str = EDIT) -> dict[str, str]:
    """What a browser would post, read out of the page as it is."""
    html = html_of(client, path)
    form = html[html.index('id="builder"') : html.index("</form>", html.index('id="builder"'))]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        at = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if at.get("name") and (at.get("type") != "checkbox" or " checked" in tag):
            found[at["name"]] = unescape(at.get("value", ""))
    for name, inner in re.findall(
        r'<textarea[^>]* name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.S
    ):
        found[name] = unescape(inner)
    lists = r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>'
    for name, inner in re.findall(lists, form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inner)
        first = re.search(r'<option value="([^"]*)"', inner)
        match = chosen or first
        found[name] = unescape(match[1]) if match else ""
    found.pop("csrfmiddlewaretoken", None)
    return found


def post(client: Client, op: str, changes: dict[str, str] | None = None, **extra: Any) -> Any:
    return client.post(EDIT, {**fields_of(client), **(changes or {}), "op": op}, **extra)


def test_opening_it_changes_nothing_and_shows_the_version_in_force(
    client: Client, rule: Rule
) -> None:
    html = html_of(client, EDIT)

    assert "The first thing you change here begins a draft" in html
    assert 'value="user.profile.department"' in html
    assert not Draft.objects.exists()


def test_the_page_posts_back_exactly_the_rule(client: Client, rule: Rule) -> None:
    response = post(client, "save")

    assert response.status_code == 302
    assert not Draft.objects.exists()  # nothing differs
    post(client, "save", {"title": "Other"})
    assert rule.current is not None
    expected = {**rule.current.definition, "title": "Other"}
    assert draft_of().definition == expected


def test_each_button_keeps_the_draft_and_says_where_to_go_on(client: Client, rule: Rule) -> None:
    response = post(client, "add:1.2")

    assert response.headers["Location"] == f"{EDIT}?at=c.1.2.3.field"
    assert kept()["when"]["all"][1]["any"][2] == {"field": "", "op": "equals"}
    html = html_of(client, response.headers["Location"])
    assert re.search(r'name="c\.1\.2\.3\.field"[^>]*autofocus', html)
    assert "Fill this in." in html
    post(client, "remove:1.2.3")
    assert draft_of().digest


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


def test_with_htmx_the_same_post_answers_with_the_page(client: Client, rule: Rule) -> None:
    response = post(client, "group:1", headers={"HX-Request": "true"})

    html = response.content.decode()
    assert response.status_code == 200
    assert "data-focus" in html
    assert "autofocus" not in html
    assert 'name="c.1.3.1.field"' in html
    assert f'name="seen" value="{draft_of().seen}"' in html


def test_what_somebody_else_saved_is_not_written_over(client: Client, rule: Rule) -> None:
    sent = {**fields_of(client), "title": "Mine", "op": "save"}
    post(client, "save", {"title": "Theirs"})

    response = client.post(EDIT, sent)

    assert response.status_code == 409
    html = response.content.decode()
    assert 'value="Mine"' in html
    assert "What you wrote is still here below." in html
    assert kept()["title"] == "Theirs"


def test_a_text_that_cannot_be_read_is_shown_again_and_nothing_is_saved(
    client: Client, rule: Rule
) -> None:
    post(client, "add-step", {"new-step": "aws.lambda.invoke"})
    seen = draft_of().seen

    response = post(client, "add:1", {"s.3.w.payload.yaml": "name: {{ user.id }}"})

    html = response.content.decode()
    assert response.status_code == 422
    assert "name: {{ user.id }}</textarea>" in html
    assert "Write a text with {{ }} in quotes." in unescape(html)
    assert draft_of().seen == seen


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


def test_a_chosen_event_says_what_each_template_gives(client: Client, rule: Rule) -> None:
    event = make_event(make_person("jane@acme.example"))
    make_profile(event)

    html = html_of(client, f"{EDIT}?for=event:{event.code}")

    assert "Would match" in html
    assert "<code>marketing-Jane/</code>" in html
    assert "<code>jane@acme.example</code>" in html
    assert "known after that step" in html


def test_a_person_is_found_and_chosen(client: Client, rule: Rule) -> None:
    person = make_person("zoe@acme.example")
    found = post(client, "find", {"find": "zoe"}).headers["Location"]

    assert f'value="for:person:{person.pk}"' in html_of(client, found)
    response = post(client, f"for:person:{person.pk}")
    assert response.headers["Location"] == f"{EDIT}?for=person%3A{person.pk}&at=find"
    html = html_of(client, response.headers["Location"])
    assert "Only the profile is known here" in html
    assert "this gives nothing: user.profile.firstName has no value" in unescape(html)


def test_conditions_that_exclude_each_other_are_told(client: Client, rule: Rule) -> None:
    response = post(client, "save", {"c.1.2.kind": "all", "c.1.2.2.field": "user.profile.country",
                                     "c.1.2.2.op": "equals", "c.1.2.2.value": "DK"})  # fmt: skip

    html = unescape(html_of(client, response.headers["Location"]))
    assert "“Country is one of SE, NO” and “Country is DK” never hold together." in html
    assert "This rule can never match" in html


def test_a_field_that_nothing_has_is_doubted(client: Client, rule: Rule) -> None:
    make_profile(make_event(make_person()))
    response = post(client, "save", {"c.1.1.field": "user.profile.departmnt"})

    html = unescape(html_of(client, response.headers["Location"]))
    assert "No profile read so far has departmnt." in html
    assert "Did you mean `department`?" in html


def test_limits_of_aws_are_told_before_anything_runs(client: Client, rule: Rule) -> None:
    response = post(client, "save", {"s.1.w.key.text": "a/", "s.1.w.bucket.text": "Not_A_Bucket!"})

    assert draft_of().problems
    html = html_of(client, response.headers["Location"])
    assert 'class="notice tone-bad"' in html
    assert "bucket" in html


def test_a_secret_is_never_shown_and_stays_as_it_is(client: Client) -> None:
    make_rule(text=RULE.format(name="joiner", title="T").replace("Your folder", f"{SECRET} is"))

    html = html_of(client, EDIT)
    assert SECRET not in html
    assert MASK in html
    post(client, "save", {"title": "Other"})
    assert SECRET in json.dumps(draft_of().definition)
    response = post(client, "save", {"s.2.w.subject.text": f"{MASK} and more"})
    assert response.status_code == 422
    assert "Write the value again" in response.content.decode()


def test_hostile_text_is_only_text(client: Client, rule: Rule) -> None:
    response = post(client, "save", {"title": HOSTILE, "c.1.1.value": HOSTILE, "on.1": HOSTILE})

    html = html_of(client, response.headers["Location"])
    assert HOSTILE not in html
    assert HOSTILE in unescape(html)


def test_a_draft_that_cannot_be_read_leads_to_its_yaml(client: Client, rule: Rule) -> None:
    draft = drafts.start(rule, actor=COMMAND)
    drafts.save(draft, source="a: [", seen=draft.seen, actor=COMMAND)

    assert 'href="/rules/joiner/draft/"' in html_of(client, EDIT)
    assert client.post(EDIT, {"op": "save"}).status_code == 200
    assert draft_of().source == "a: ["


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


def test_of_a_long_truth_table_only_what_decided_is_shown(client: Client, rule: Rule) -> None:
    event = make_event(make_person())
    make_profile(event)
    draft = drafts.start(rule, actor=COMMAND)
    missing = {"field": "user.profile.fax", "op": "exists"}
    there = {"field": "user.profile.firstName", "op": "exists"}
    definition = {**kept(), "when": {"all": [there] * 11 + [missing]}}
    drafts.save(draft, definition=definition, seen=draft.seen, actor=COMMAND)

    html = html_of(client, f"{EDIT}?for=event:{event.code}")
    assert "Only the conditions that decided" in html
    assert html.count('class="truth-row') == 1
