"""The owner of a local account hears by mail what is done to it, from where, and no secret."""

import io

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from portal.accounts import factors
from portal.models import User
from portal.roles import Role
from portal.users import changes
from portal.users.changes import Standing
from provisioning.notices.models import Notice
from tests.portal.accounts.factor_support import add_key, code, send_password, with_app
from tests.portal.accounts.software_key import SoftwareKey
from tests.portal.accounts.support import PASSWORD, person, signed_in
from tests.support.engine import drain
from tests.support.factories import COMMAND
from tests.support.world import World
from tests.support.worlds import session_sandbox, world

__all__ = ["session_sandbox", "world"]

MAIL = "maya@acme.example"
NEW = "another long sentence"


def addressed(user: User, address: str = MAIL) -> User:
    User.objects.filter(pk=user.pk).update(email=address)
    user.refresh_from_db()
    return user


def told() -> list[str]:
    rows = Notice.objects.filter(kind="account").order_by("pk")
    return [subject.removeprefix("Sluice: ") for subject in rows.values_list("subject", flat=True)]


def change_password(client: Client) -> None:
    fields = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert client.post("/account/password/", fields).status_code == 302


def test_it_goes_to_the_owner_alone_and_holds_no_secret(world: World, settings: Settings) -> None:
    settings.NOTIFY_EMAILS = ["ops@acme.example"]
    settings.NOTIFY_SLACK_CHANNEL = "#it-alerts"
    settings.BASE_URL = "https://sluice.example.com"
    change_password(signed_in(person(email=MAIL)))
    drain()
    (mail,) = world.client.list_mails()
    assert (mail["recipients"], mail["subject"]) == ([MAIL], "Sluice: Your password was changed")
    for part in ("Account: maya", "By: you", "From: 127.0.0.1", "https://sluice.example.com/acc"):
        assert part in mail["text"]
    for secret in (NEW, PASSWORD):
        assert secret not in mail["text"]
    assert world.client.list_slack_messages() == []
    notice = Notice.objects.get()
    assert (notice.state, notice.mail, notice.slack) == ("sent", "sent", "skipped")


def test_nothing_is_mailed_where_the_change_is_not_made(world: World) -> None:
    user = person(email=MAIL)
    with transaction.atomic():
        factors.new_recovery_codes(user, actor=COMMAND)
        transaction.set_rollback(True)
    drain()
    assert world.client.list_mails() == []


@pytest.mark.django_db
def test_factors_and_recovery_codes() -> None:
    user = addressed(with_app())
    Notice.objects.all().delete()
    client = signed_in(user)
    add_key(client, SoftwareKey())
    shown = factors.new_recovery_codes(user, actor=COMMAND)
    send_password(client := Client())
    client.post("/sign-in/code/", {"code": shown[0]})
    factors.remove_all(user, actor=COMMAND)
    assert told() == [
        "A security key was added to your account",
        "New recovery codes were made for your account",
        "New recovery codes were made for your account",
        "A recovery code was used for your account",
        "All second factors were removed from your account",
    ]
    texts = " ".join(Notice.objects.values_list("text", flat=True))
    assert not [one for one in shown if one in texts]


@pytest.mark.django_db
def test_a_code_of_an_app_is_nothing_to_tell_of() -> None:
    user = addressed(with_app())
    Notice.objects.all().delete()
    assert factors.check_code(user, code(), actor=COMMAND) == "totp"
    assert told() == []


@pytest.mark.django_db
def test_ended_sessions() -> None:
    signed_in(person(email=MAIL)).post("/account/sessions/end/")
    assert told() == ["Your other sessions were ended"]


@pytest.mark.django_db
def test_roles_and_being_turned_off() -> None:
    user = person(email=MAIL, role=Role.OPERATOR)
    for after in (Standing(frozenset(), True), Standing(frozenset(), False)):
        assert changes.change(user, after, reason="left the team", actor=COMMAND) is None
    assert told() == [
        "What your account may do was changed; it is now nothing",
        "Your account was turned off",
    ]
    assert "By: Maya" in Notice.objects.latest("pk").text


@pytest.mark.django_db
def test_a_break_glass_sign_in() -> None:
    user = person(email=MAIL)
    User.objects.update(break_glass=True)
    Client().post("/sign-in/", {"username": user.username, "password": PASSWORD})
    assert told() == ["Your break-glass account was used to sign in"]


@pytest.mark.django_db
def test_a_reset_from_the_command_line() -> None:
    person(email=MAIL)
    call_command("reset_account", "maya", stdout=io.StringIO())
    assert told()[0] == "Your password was set anew"


@pytest.mark.django_db
def test_nobody_is_told_of_an_account_of_okta_or_without_an_address() -> None:
    person("grace")
    for user in (person("ida", email=MAIL, okta_id="00u1"), person("ole")):
        changes.change(user, Standing(frozenset(), True), reason="left", actor=COMMAND)
        factors.new_recovery_codes(user, actor=COMMAND)
    assert told() == []
