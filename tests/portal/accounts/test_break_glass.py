"""An account kept for emergencies is not used unseen (S50), and a lost app can be replaced."""

import io
import logging

import pytest
from django.contrib.auth import authenticate
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from audit.models import Entry
from portal.accounts import factors
from portal.models import User
from tests.portal.accounts.support import PASSWORD, is_in, person, signed_in
from tests.support.factories import COMMAND

pytestmark = pytest.mark.django_db


@pytest.fixture
def emergency(monkeypatch: pytest.MonkeyPatch) -> User:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    arguments = ["emergency", "--role", "admin", "--break-glass", "--password-stdin"]
    call_command("create_account", *arguments, stdout=io.StringIO())
    return User.objects.get(username="emergency")


def test_using_it_writes_an_entry_a_line_and_a_mail(
    emergency: User,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.BREAK_GLASS_ALARM_TO = ["security@acme.example"]
    with (
        caplog.at_level(logging.ERROR, "portal.accounts.alarms"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        Client().post("/sign-in/", {"username": "emergency", "password": PASSWORD})
    entry = Entry.objects.get(verb="user.break_glass_used")
    assert entry.object_id == emergency.code
    assert "emergency was used from 127.0.0.1" in caplog.text
    assert mail.outbox[0].to == ["security@acme.example"]
    assert "emergency" in mail.outbox[0].body


def test_with_the_mail_server_away_one_gets_in_all_the_same(
    emergency: User,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.BREAK_GLASS_ALARM_TO = ["security@acme.example"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    client = Client()
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/sign-in/", {"username": "emergency", "password": PASSWORD})
    assert is_in(client)


def test_an_address_that_is_none_keeps_nobody_out(
    emergency: User,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    """It would be found out on the day on which the account is needed."""
    settings.BREAK_GLASS_ALARM_TO = ["Sécurité"]
    client = Client()
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/sign-in/", {"username": "emergency", "password": PASSWORD})
    assert is_in(client)


def test_other_accounts_raise_no_alarm() -> None:
    person()
    Client().post("/sign-in/", {"username": "maya", "password": PASSWORD})
    assert not Entry.objects.filter(verb="user.break_glass_used").exists()


def test_a_reset_takes_the_factors_ends_the_sessions_and_is_told() -> None:
    user = person()
    factors.new_recovery_codes(user, actor=COMMAND)
    client = signed_in(user)
    said = io.StringIO()
    call_command("reset_account", "maya", stdout=said)
    password = said.getvalue().rpartition("Password: ")[2].strip()
    assert authenticate(username="maya", password=password) == user
    assert authenticate(username="maya", password=PASSWORD) is None
    assert not is_in(client)
    verbs = set(Entry.objects.values_list("verb", flat=True))
    assert {"user.password_set", "user.factors_removed"} <= verbs


def test_what_cannot_be_reset_is_refused_with_a_sentence() -> None:
    person("okta@acme.example", okta_id="00u1")
    with pytest.raises(CommandError, match="signs in with Okta"):
        call_command("reset_account", "okta@acme.example")
    with pytest.raises(CommandError, match="no account called nobody"):
        call_command("reset_account", "nobody")
