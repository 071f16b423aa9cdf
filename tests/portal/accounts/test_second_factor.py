"""A local account gets in with two factors and no other way (S17), and a code serves once (S18)."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.mfa.models import Authenticator
from django.db import connections
from django.test import Client
from django.urls import get_resolver
from pytest_django import Settings

from audit.models import Entry
from portal.accounts import factors, pending
from portal.models import User
from portal.roles import POLICIES, Permission
from tests.conftest import LiveDatabase
from tests.portal.accounts.factor_support import (
    SECRET,
    code,
    secret_on,
    send_password,
    with_app,
)
from tests.portal.accounts.support import PASSWORD, is_in, person, signed_in
from tests.support.factories import COMMAND


@pytest.fixture(autouse=True)
def required(settings: Settings) -> None:
    settings.REQUIRE_MFA = True


@pytest.mark.django_db
def test_the_password_leads_to_the_second_factor_and_that_to_the_page() -> None:
    with_app()
    client = Client()
    assert send_password(client)["Location"] == "/sign-in/code/"
    assert not is_in(client)
    answer = client.post("/sign-in/code/", {"code": code()})
    assert answer["Location"] == "/rules/"
    assert is_in(client)
    entry = Entry.objects.get(verb="user.signed_in")
    assert entry.data == {"method": "password", "factor": "totp"}


@pytest.mark.django_db
def test_an_account_that_has_a_factor_needs_it_even_where_none_is_required(
    settings: Settings,
) -> None:
    settings.REQUIRE_MFA = False
    with_app()
    client = Client()
    assert send_password(client)["Location"] == "/sign-in/code/"
    assert not is_in(client)


@pytest.mark.django_db
def test_without_a_factor_nothing_opens_before_one_is_set_up() -> None:
    person()
    client = Client()
    assert send_password(client)["Location"] == "/sign-in/enrol/"
    assert not is_in(client)
    page = client.get("/sign-in/enrol/").content.decode()
    secret = secret_on(page)
    assert client.post("/sign-in/enrol/", {"code": "000000"}).status_code == 422
    assert not is_in(client)
    done = client.post("/sign-in/enrol/", {"code": code(secret)})
    assert done.status_code == 200
    assert len(re.findall(r"<li><code>\d+</code>", done.content.decode())) == 10
    assert 'href="/rules/"' in done.content.decode()
    assert is_in(client)
    added = Entry.objects.filter(verb="user.factor_added").order_by("id")
    assert [entry.data["kind"] for entry in added] == ["totp", "recovery codes"]


@pytest.mark.django_db
def test_keys_are_not_in_the_database_as_they_are() -> None:
    user = with_app()
    kept = str(list(Authenticator.objects.filter(user=user).values_list("data", flat=True)))
    assert SECRET not in kept
    client = Client()
    person("noor")
    send_password(client, name="noor")
    page = client.get("/sign-in/enrol/").content.decode()
    assert secret_on(page) not in str(dict(client.session))


@pytest.mark.django_db
def test_a_code_serves_once() -> None:
    user = with_app()
    used = code()
    assert factors.check_code(user, used, actor=COMMAND) == "totp"
    client = Client()
    send_password(client)
    answer = client.post("/sign-in/code/", {"code": used})
    assert answer.status_code == 422
    assert not is_in(client)


@pytest.mark.django_db
def test_nor_does_an_older_code_after_a_newer_one() -> None:
    user = with_app()
    older, newer = code(), code(ahead=1)
    assert factors.check_code(user, newer, actor=COMMAND) == "totp"
    assert factors.check_code(user, older, actor=COMMAND) == ""


@pytest.mark.django_db
def test_nor_does_the_code_that_set_it_up() -> None:
    user = person()
    first = code()
    assert factors.add_app(user, SECRET, code=first, actor=COMMAND)
    assert factors.check_code(user, first, actor=COMMAND) == ""


def test_of_many_processes_at_once_one_takes_it(live_db: LiveDatabase) -> None:
    user = with_app()
    typed = code()

    def check(_: int) -> str:
        try:
            return factors.check_code(user, typed, actor=COMMAND)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(check, range(6)))
    assert sorted(found) == ["", "", "", "", "", "totp"]


@pytest.mark.django_db
def test_a_recovery_code_serves_once() -> None:
    user = with_app()
    one, other, *_ = factors.new_recovery_codes(user, actor=COMMAND)
    client = Client()
    send_password(client)
    assert client.post("/sign-in/code/", {"code": one})["Location"] == "/rules/"
    client.post("/sign-out/")
    send_password(client)
    assert client.post("/sign-in/code/", {"code": one}).status_code == 422
    assert client.post("/sign-in/code/", {"code": f" {other} "})["Location"] == "/rules/"
    entry = Entry.objects.filter(verb="user.signed_in").order_by("id").first()
    assert entry is not None
    assert entry.data["factor"] == "recovery code"


@pytest.mark.django_db
def test_new_recovery_codes_make_the_former_worthless() -> None:
    user = with_app()
    former = factors.new_recovery_codes(user, actor=COMMAND)[0]
    factors.new_recovery_codes(user, actor=COMMAND)
    assert factors.check_code(user, former, actor=COMMAND) == ""


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sign-in/enrol/", "/sign-in/code/"])
def test_without_the_password_first_there_is_no_second_factor(path: str) -> None:
    with_app()
    client = Client()
    assert client.get(path)["Location"] == "/sign-in/?late=1"
    assert client.post(path, {"code": code()})["Location"] == "/sign-in/?late=1"
    assert not is_in(client)


@pytest.mark.django_db
def test_an_account_with_a_factor_cannot_set_up_another_to_get_round_it() -> None:
    with_app()
    client = Client()
    send_password(client)
    assert client.get("/sign-in/enrol/")["Location"] == "/sign-in/code/"
    assert client.post("/sign-in/enrol/", {"code": code()})["Location"] == "/sign-in/code/"
    assert Authenticator.objects.filter(type="totp").count() == 1


def _wait_too_long(client: Client, user: User) -> None:
    session = client.session
    session["pending_sign_in"]["at"] -= pending.MINUTES * 60 + 1
    session.save()


def _change_password(client: Client, user: User) -> None:
    user.set_password("another long sentence")
    user.save()


def _turn_off(client: Client, user: User) -> None:
    User.objects.update(is_active=False)


@pytest.mark.django_db
@pytest.mark.parametrize("change", [_wait_too_long, _change_password, _turn_off])
def test_a_password_of_before_does_not_count(change: Callable[[Client, User], None]) -> None:
    user = with_app()
    client = Client()
    send_password(client)
    change(client, user)
    assert client.post("/sign-in/code/", {"code": code()})["Location"] == "/sign-in/?late=1"
    assert not is_in(client)


@pytest.mark.django_db
def test_proving_it_again_needs_both(settings: Settings) -> None:
    user = with_app()
    client = signed_in(user)
    assert client.post("/sign-in/again/", {"password": PASSWORD}).status_code == 422
    assert client.post("/sign-in/again/", {"code": code()}).status_code == 422
    sent = {"password": PASSWORD, "code": code(ahead=1), "next": "/rules/"}
    assert client.post("/sign-in/again/", sent)["Location"] == "/rules/"


@pytest.mark.django_db
@pytest.mark.parametrize("sent", ["[]", "{}", '{"id": "x"}', "not json", '"x"', "null"])
def test_what_no_security_key_says_is_refused_without_an_error(sent: str) -> None:
    with_app()
    client = Client()
    send_password(client)
    assert client.post("/sign-in/code/", {"credential": sent}).status_code == 422


def test_there_is_no_other_door() -> None:
    """No page of allauth, of Django's admin, and none that resets a password. Pages of one's own
    account open to nobody who is not signed in."""
    names = {str(pattern.name) for pattern in get_resolver().url_patterns}  # type: ignore[union-attr]
    assert names == set(POLICIES)
    mine = {"sign-in", "sign-in-code", "sign-in-enrol", "sign-in-again", "sign-out"}
    doors = re.compile("sign|login|auth|password|account|admin|mfa|okta|reset")
    own = {name for name in names if name.split("-")[0] == "account"}
    assert all(set(POLICIES[name].values()) == {Permission.VIEW} for name in own)
    assert {name for name in names - own if doors.search(name)} == mine | {
        "okta-sign-in",
        "okta-callback",
    }
