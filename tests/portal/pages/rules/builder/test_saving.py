"""Every button of the builder keeps the draft, and nothing of it is lost."""

import json
import re
from html import unescape

import pytest
from django.test import Client

from audit.redaction import MASK
from provisioning.rules import drafts
from provisioning.rules.models import Draft, Rule
from tests.portal.pages.rules.builder.support import EDIT, draft_of, fields_of, kept, post
from tests.support.factories import (
    COMMAND,
    RULE,
    SECRET,
    make_rule,
)
from tests.support.list_checks import html_of

pytestmark = pytest.mark.django_db


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


def test_a_draft_that_cannot_be_read_leads_to_its_yaml(client: Client, rule: Rule) -> None:
    draft = drafts.start(rule, actor=COMMAND)
    drafts.save(draft, source="a: [", seen=draft.seen, actor=COMMAND)

    assert 'href="/rules/joiner/draft/"' in html_of(client, EDIT)
    assert client.post(EDIT, {"op": "save"}).status_code == 200
    assert draft_of().source == "a: ["


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
