"""Approval and limits are said in fields; what the fields cannot say stays as it was written."""

from html import unescape
from typing import Any

import pytest
from django.test import Client

from provisioning.rules import drafts
from provisioning.rules.models import Rule
from tests.portal.pages.rules.builder.support import EDIT, draft_of, fields_of, kept, post
from tests.support.factories import COMMAND
from tests.support.list_checks import html_of

pytestmark = pytest.mark.django_db


def with_more(rule: Rule, **more: Any) -> None:
    """A draft of the rule that says this too, as somebody wrote it in YAML."""
    draft = drafts.start(rule, actor=COMMAND)
    drafts.save(draft, definition={**kept(), **more}, seen=draft.seen, actor=COMMAND)


def test_who_has_to_agree_is_said_in_fields(client: Client, rule: Rule) -> None:
    post(client, "save", {"approval": "required"})
    assert kept()["approval"] == "required"

    post(client, "save", {"approval.needed.number": "2", "approval.expires.text": "12h"})
    assert kept()["approval"] == {"needed": 2, "expires": "12h"}
    assert draft_of().digest

    post(client, "save", {"approval": ""})
    assert "approval" not in kept()


def test_limits_are_said_in_fields(client: Client, rule: Rule) -> None:
    post(client, "save", {"limits": "mapping", "limits.runs.number": "50",
                          "limits.revoke.number": "none", "limits.share.text": "20%"})  # fmt: skip
    assert kept()["limits"] == {"runs": 50, "revoke": "none", "share": "20%"}

    post(client, "save", {"limits": "none"})
    assert kept()["limits"] == "none"
    assert "limits.runs.number" not in fields_of(client)


def test_a_step_asks_for_approval_in_a_field(client: Client, rule: Rule) -> None:
    post(client, "save", {"s.2.approval": "required"})

    assert [step.get("approval") for step in kept()["do"]] == [None, "required"]
    html = html_of(client, EDIT)
    assert html.count("Needs approval") == 1
    assert "A step needs approval, so one approver has to agree" in html
    assert 'name="s.2.raw"' not in html


@pytest.mark.parametrize(
    ("field", "sent", "said"),
    [
        ("approval.needed.number", "9", "This should be less than or equal to 5."),
        ("approval.expires.text", "40d", "`40d` is too short or too long. Expected: 1h to 30d."),
        ("approval.expires.text", "soon", "Expected: hours or days such as 12h or 4d."),
        ("approval.roles.lines", "admin", "This value is not available. Expected: 'approver'."),
        ("limits.runs.number", "many", "This should be a valid integer."),
        ("limits.per.text", "8d", "`8d` is too long. Expected: up to 7d."),
        ("limits.share.text", "150%", "`150%` is more than everybody. Expected: up to 100%."),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_is_kept(
    client: Client, rule: Rule, field: str, sent: str, said: str
) -> None:
    response = post(client, "save", {"approval": "required", "limits": "mapping", field: sent})

    html = unescape(html_of(client, response.headers["Location"]))
    assert sent in fields_of(client)[field]
    assert said in html[html.index(f'id="{field}-help"') :].split("</div>")[0]
    assert draft_of().problems


def test_an_unknown_key_stays_and_is_told_in_its_own_field(client: Client, rule: Rule) -> None:
    with_more(rule, approval={"needed": 2, "nedeed": 3})

    html = unescape(html_of(client, EDIT))
    after = html[html.index('name="approval._rest.yaml"') :]
    assert "Unknown key `nedeed`. Did you mean `needed`?" in after.split("</div>")[0]
    post(client, "save", {"title": "Other"})
    assert kept()["approval"] == {"needed": 2, "nedeed": 3}


def test_what_has_no_field_stays_under_other_keys(client: Client, rule: Rule) -> None:
    with_more(rule, approval=["a", "b"], limits=5)

    fields = fields_of(client)
    assert "limits: 5" in fields["rest"]
    assert "approval:\n  - a\n  - b" in fields["rest"]
    assert fields["approval"] == "elsewhere"
    post(client, "save", {"title": "Other"})
    assert (kept()["approval"], kept()["limits"]) == (["a", "b"], 5)
    post(client, "save", {"rest": "limits: 5", "approval": "required"})
    assert (kept()["approval"], kept()["limits"]) == ("required", 5)


def test_a_text_that_cannot_be_read_is_shown_again_in_its_field(client: Client, rule: Rule) -> None:
    with_more(rule, approval={"needed": {"at": "least"}})

    response = post(client, "save", {"approval.needed.yaml": "a: ["})

    assert response.status_code == 422
    assert "a: [</textarea>" in response.content.decode()
    assert kept()["approval"] == {"needed": {"at": "least"}}


def test_the_defaults_of_the_installation_are_named(
    client: Client, rule: Rule, settings: Any
) -> None:
    settings.DEFAULT_LIMIT_RUNS, settings.DEFAULT_LIMIT_REVOKES = 321, 0

    html = html_of(client, EDIT)

    assert "321 runs and any number of steps that take something away an hour" in html


def test_comments_and_the_order_of_keys_stay_where_nothing_is_changed(
    client: Client, rule: Rule
) -> None:
    draft = drafts.start(rule, actor=COMMAND)
    head, _, rest = draft.source.partition("\n")
    said = "limits: {revoke: 5, runs: 50}  # asked by Ole\napproval: {expires: 12h, needed: 2}\n"
    source = f"# who may have a folder\n{said}{head}\n{rest}"
    saved = drafts.save(draft, source=source, seen=draft.seen, actor=COMMAND)
    assert not saved.problems

    post(client, "save")

    assert draft_of().source == source
