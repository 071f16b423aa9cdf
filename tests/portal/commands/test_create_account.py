"""`create_account`: a local sign-in with one role, and its entry."""

import io

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from audit.models import Entry
from portal.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "a long walk home"


def create(monkeypatch: pytest.MonkeyPatch, *arguments: str, password: str = PASSWORD) -> str:
    said = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    call_command("create_account", *arguments, stdout=said)
    return said.getvalue()


def test_the_account_can_sign_in_and_has_the_role(monkeypatch: pytest.MonkeyPatch) -> None:
    said = create(monkeypatch, "maya", "--role", "operator", "--password-stdin")
    assert said == "Account maya (operator) is ready.\n"
    user = authenticate(username="maya", password=PASSWORD)
    assert isinstance(user, User)
    assert [group.name for group in user.groups.all()] == ["operator"]
    assert (user.is_superuser, user.is_staff) == (False, False)


def test_the_entry_names_who_did_it_and_holds_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    create(monkeypatch, "maya", "--role", "auditor", "--password-stdin")
    entry = Entry.objects.get(verb="user.created")
    assert (entry.actor_kind, entry.data) == ("command", {"role": "auditor"})
    assert PASSWORD.encode() not in bytes(entry.canonical)


def test_without_a_password_one_is_made_and_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    password = create(monkeypatch, "maya", "--role", "admin").rpartition("Password: ")[2].strip()
    assert len(password) >= 12
    assert authenticate(username="maya", password=password) is not None


@pytest.mark.parametrize("password", ["short", "password1234", "1234567890123"])
def test_a_weak_password_is_refused(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    with pytest.raises(CommandError, match="password"):
        create(monkeypatch, "maya", "--role", "admin", "--password-stdin", password=password)
    assert not User.objects.exists()


def test_a_name_that_is_taken_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    create(monkeypatch, "maya", "--role", "admin", "--password-stdin")
    with pytest.raises(CommandError, match="an account called maya already"):
        create(monkeypatch, "maya", "--role", "admin", "--password-stdin")


def test_a_role_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        create(monkeypatch, "maya", "--role", "emperor")


def test_a_name_that_is_no_user_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="valid username"):
        create(monkeypatch, "a b<c>", "--role", "admin", "--password-stdin")
