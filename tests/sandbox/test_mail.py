"""The mail server keeps what it takes, and refuses when asked to."""

import smtplib
from email.message import EmailMessage

import pytest

from sandbox.client import SandboxClient
from sandbox.server import Sandbox


def _send(sandbox: Sandbox, subject: str = "Your folder is ready") -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "sluice@acme.example", "Zoë Müller <zoe@acme.example>"
    mail["Subject"], mail["Message-ID"] = subject, "<step-1@sluice>"
    mail.set_content("Grüße")
    mail.add_alternative("<p>Grüße</p>", subtype="html")
    with smtplib.SMTP(sandbox.smtp_host, sandbox.smtp_port, timeout=10) as server:
        server.send_message(mail)


def test_a_mail_is_kept_in_its_parts(sandbox: Sandbox, client: SandboxClient) -> None:
    _send(sandbox)

    (mail,) = client.list_mails("zoe@acme.example")
    assert (mail["subject"], mail["message_id"]) == ("Your folder is ready", "<step-1@sluice>")
    assert (mail["text"].strip(), mail["html"].strip()) == ("Grüße", "<p>Grüße</p>")
    assert mail["to"] == "Zoë Müller <zoe@acme.example>"
    assert client.list_mails("somebody.else@acme.example") == []


@pytest.mark.parametrize(
    ("operation", "status", "kind"),
    [
        ("DATA", 451, smtplib.SMTPDataError),
        ("DATA", 554, smtplib.SMTPDataError),
        ("RCPT", 550, smtplib.SMTPRecipientsRefused),
        ("MAIL", 421, smtplib.SMTPSenderRefused),
    ],
)
def test_a_refusal_at_each_step_keeps_nothing(
    sandbox: Sandbox, client: SandboxClient, operation: str, status: int, kind: type[Exception]
) -> None:
    client.add_fault("smtp", operation, status=status)

    with pytest.raises(kind, match=str(status)):
        _send(sandbox)
    assert client.list_mails() == []
    _send(sandbox)
    assert len(client.list_mails()) == 1


def test_a_connection_lost_after_the_data_means_the_mail_was_taken(
    sandbox: Sandbox, client: SandboxClient
) -> None:
    client.add_fault("smtp", "DATA", drop="after")

    with pytest.raises(smtplib.SMTPServerDisconnected):
        _send(sandbox)
    assert len(client.list_mails()) == 1


def test_a_connection_lost_before_the_data_means_it_was_not(
    sandbox: Sandbox, client: SandboxClient
) -> None:
    client.add_fault("smtp", "DATA", drop="before")

    with pytest.raises(smtplib.SMTPServerDisconnected):
        _send(sandbox)
    assert client.list_mails() == []
