"""`email.send` over SMTP."""

from typing import Any

import pytest
from pytest_django import Settings

from provisioning.actions import registry
from provisioning.actions.base import Context
from provisioning.actions.email import SendEmailParams
from sandbox.server import Sandbox

ACTION = registry.get("email.send")


def mail(**changes: object) -> SendEmailParams:
    values = {
        "to": "maya@acme.example",
        "subject": "Your personal S3 folder is ready",
        "body": "Hello Zoë,\n.\n..dots\nyour folder is ready.\n",
    }
    return SendEmailParams.model_validate({**values, **changes})


def only(sandbox: Sandbox) -> dict[str, Any]:
    (received,) = sandbox.mail.mails()
    return received


def test_a_mail_arrives_whole(sandbox: Sandbox, context: Context, settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Sluice <sluice@acme.example>"
    outcome = ACTION.act(mail(reply_to="help@acme.example"), context)
    received = only(sandbox)
    headers = dict(received["headers"])
    assert received["recipients"] == ["maya@acme.example"]
    assert received["from"] == "Sluice <sluice@acme.example>"
    assert received["subject"] == "Your personal S3 folder is ready"
    assert received["text"].splitlines() == mail().body.splitlines()
    assert headers["Reply-To"] == "help@acme.example"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert outcome.output["to"] == ["maya@acme.example"]


def test_the_message_id_is_the_same_for_each_attempt(
    sandbox: Sandbox, context: Context, settings: Settings
) -> None:
    settings.BASE_URL = "https://sluice.acme.example:8443"
    ACTION.act(mail(), context)
    ACTION.act(mail(), context)
    ids = {received["message_id"] for received in sandbox.mail.mails()}
    assert ids == {f"<{context.run}.{context.step}@sluice.acme.example>"}


def test_html_comes_beside_the_plain_text(sandbox: Sandbox, context: Context) -> None:
    ACTION.act(mail(html="<p>Your folder is ready.</p>"), context)
    received = only(sandbox)
    assert received["html"].strip() == "<p>Your folder is ready.</p>"
    assert "Hello Zoë" in received["text"]


def test_several_recipients_get_one_mail(sandbox: Sandbox, context: Context) -> None:
    ACTION.act(mail(to=["a@acme.example", " b@acme.example ", "a@acme.example"]), context)
    assert only(sandbox)["recipients"] == ["a@acme.example", "b@acme.example"]


def test_other_alphabets_survive(sandbox: Sandbox, context: Context) -> None:
    ACTION.act(mail(subject="Ordner für Zoë 山田", to="maya@bücher.example"), context)
    received = only(sandbox)
    assert received["subject"] == "Ordner für Zoë 山田"
    assert received["recipients"] == ["maya@xn--bcher-kva.example"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subject": "Hello\nBcc: all@acme.example"}, "The subject holds a line break"),
        ({"subject": "Hello\u2028Bcc: x"}, "The subject holds a line break"),
        ({"subject": "   "}, "The subject is empty."),
        ({"subject": "x" * 401}, "The subject has 401 characters; 400 are allowed."),
        ({"to": "a@acme.example\r\nBcc: b@acme.example"}, "holds a line break"),
        ({"to": "a@acme.example, b@acme.example"}, "holds several addresses"),
        ({"to": "maya"}, "The recipient 'maya' is not a mail address"),
        ({"to": ""}, "The mail has no recipient"),
        ({"to": []}, "The mail has no recipient"),
        ({"to": [f"u{n}@acme.example" for n in range(51)]}, "There are 51 recipients; 50"),
        ({"reply_to": "x\ny@acme.example"}, "The reply address"),
        ({"body": "x" * 500_001}, "The body has 500001 characters; 500000 are allowed."),
    ],
)
def test_what_would_go_wrong_is_said_before(changes: dict[str, object], words: str) -> None:
    (problem,) = ACTION.problems(mail(**changes))
    assert words in problem


def test_failures_are_grouped_by_domain() -> None:
    assert ACTION.target(mail(to=["a@B.example", "c@b.example"])) == "mail:b.example"
