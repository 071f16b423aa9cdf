"""The mail server fails: at every point of the talk the class fits, and nothing is half sent."""

import socket

import pytest
from pytest_django import Settings

from provisioning.actions import registry
from provisioning.actions.base import ActionError, Context, Permanent, Transient, Unknown
from provisioning.actions.email import SendEmailParams
from sandbox.server import Sandbox
from tests.provisioning.actions.conftest import SMTP_BACKEND

ACTION = registry.get("email.send")
MAIL = SendEmailParams(to=["a@acme.example", "b@acme.example"], subject="Hello", body="Text")


def error_for(context: Context) -> ActionError:
    with pytest.raises(ActionError) as caught:
        ACTION.act(MAIL, context)
    return caught.value


@pytest.mark.parametrize("operation", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(("status", "kind"), [(451, Transient), (550, Permanent)])
def test_a_refusal_is_transient_or_permanent_by_its_code(
    sandbox: Sandbox, context: Context, operation: str, status: int, kind: type[ActionError]
) -> None:
    sandbox.faults.add({"service": "smtp", "operation": operation, "status": status})
    error = error_for(context)
    assert type(error) is kind
    assert error.code == f"{'smtp_recipient' if operation == 'RCPT' else 'smtp'}_{status}"
    assert sandbox.mail.mails() == []


def test_one_refused_recipient_means_nobody_gets_it(sandbox: Sandbox, context: Context) -> None:
    match = {"to": "b@acme.example"}
    fault = {"service": "smtp", "operation": "RCPT", "match": match, "status": 550}
    sandbox.faults.add({**fault, "message": "No such user"})
    error = error_for(context)
    assert error.message == (
        "The mail server refused b@acme.example (550): No such user. Nothing was sent."
    )
    assert sandbox.mail.mails() == []


def test_a_connection_lost_before_the_text_is_transient(sandbox: Sandbox, context: Context) -> None:
    sandbox.faults.add({"service": "smtp", "operation": "MAIL", "drop": "before"})
    assert type(error_for(context)) is Transient
    assert sandbox.mail.mails() == []


def test_a_connection_lost_after_the_text_is_unknown(sandbox: Sandbox, context: Context) -> None:
    sandbox.faults.add({"service": "smtp", "operation": "DATA", "drop": "after"})
    error = error_for(context)
    assert type(error) is Unknown
    assert error.code == "smtp_no_answer"
    assert len(sandbox.mail.mails()) == 1


def test_no_answer_in_time_after_the_text_is_unknown(
    sandbox: Sandbox, context: Context, settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = 1
    sandbox.faults.add({"service": "smtp", "operation": "DATA", "delay": 3})
    assert type(error_for(context)) is Unknown


def test_nobody_listening_is_transient(context: Context, settings: Settings) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        settings.EMAIL_HOST, settings.EMAIL_PORT = bound.getsockname()
    settings.EMAIL_BACKEND = SMTP_BACKEND
    error = error_for(context)
    assert type(error) is Transient
    assert error.message == "The mail server could not be reached; nothing was sent."


def test_a_sender_that_is_no_address_is_permanent(
    sandbox: Sandbox, context: Context, settings: Settings
) -> None:
    settings.DEFAULT_FROM_EMAIL = "not\nan address"
    error = error_for(context)
    assert type(error) is Permanent
    assert sandbox.mail.mails() == []


def test_a_server_that_cannot_sign_us_in_is_permanent(
    sandbox: Sandbox, context: Context, settings: Settings
) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "sluice", "hunter22"
    error = error_for(context)
    assert type(error) is Permanent
    assert "hunter22" not in f"{error} {error.detail}"
