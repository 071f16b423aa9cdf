"""A person's own second factors: adding, naming, removing, and new recovery codes."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django import Settings

from audit.models import Entry
from portal.accounts import factors, own_factors
from portal.models import User
from tests.portal.accounts.factor_support import (
    SECRET,
    add_key,
    code,
    secret_on,
    send_password,
    with_app,
)
from tests.portal.accounts.software_key import SoftwareKey
from tests.portal.accounts.support import is_in, person, signed_in
from tests.support.factories import COMMAND

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def required(settings: Settings) -> None:
    settings.REQUIRE_MFA = True


def kinds(user: User) -> list[str]:
    return sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True))


def own(user: User, kind: str) -> own_factors.Factor:
    return next(one for one in own_factors.of(user) if one.kind == kind)


def verbs() -> list[str]:
    entries = Entry.objects.filter(verb__contains="factor").order_by("id")
    return [f"{entry.verb} {entry.data.get('kind')}" for entry in entries]


def test_the_page_lists_them_with_name_and_last_use() -> None:
    user = with_app()
    client = signed_in(user)
    add_key(client, SoftwareKey())
    factors.check_code(user, code(), actor=COMMAND)
    page = client.get("/account/").content.decode()
    assert "<b>Blue</b>" in page
    assert "<b>Authenticator app</b>" in page
    assert "last used" in page
    assert "not used since" in page


def test_a_key_is_added_and_opens_the_door() -> None:
    user, key = with_app(), SoftwareKey()
    here, there = signed_in(user), signed_in(user)
    page = add_key(here, key)
    assert page.status_code == 200  # the first recovery codes of this account
    assert kinds(user) == ["recovery_codes", "totp", "webauthn"]
    assert is_in(here)
    assert not is_in(there)
    assert "user.factor_added webauthn" in verbs()
    client = Client()
    send_password(client)
    asked = client.get("/sign-in/code/").context["key_options"]
    client.post("/sign-in/code/", {"credential": json.dumps(key.sign(asked))})
    assert is_in(client)


def test_the_same_key_is_not_added_twice() -> None:
    user, key = with_app(), SoftwareKey()
    client = signed_in(user)
    add_key(client, key)
    assert add_key(client, key).status_code == 422
    assert kinds(user).count("webauthn") == 1


def test_there_is_an_end_to_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_factors, "MOST_KEYS", 1)
    client = signed_in(with_app())
    add_key(client, SoftwareKey())
    assert client.get("/account/key/")["Location"] == "/account/"


@pytest.mark.parametrize("sent", ["", "[]", "{}", '{"id": "x"}', "not json", "null"])
def test_what_no_key_says_is_refused_without_an_error(sent: str) -> None:
    user = with_app()
    client = signed_in(user)
    client.get("/account/key/")
    answer = client.post("/account/key/", {"name": "Blue", "credential": sent})
    assert answer.status_code == 422
    assert kinds(user) == ["totp"]


def test_another_app_takes_the_place_of_the_former() -> None:
    user = with_app()
    factors.new_recovery_codes(user, actor=COMMAND)
    here, there = signed_in(user), signed_in(user)
    secret = secret_on(here.get("/account/app/").content.decode())
    assert here.post("/account/app/", {"code": "000000"}).status_code == 422
    assert factors.check_code(user, code(ahead=-1), actor=COMMAND) == "totp"
    assert here.post("/account/app/", {"code": code(secret)})["Location"] == "/account/"
    assert factors.check_code(user, code(SECRET, ahead=1), actor=COMMAND) == ""
    assert factors.check_code(user, code(secret, ahead=1), actor=COMMAND) == "totp"
    assert is_in(here)
    assert not is_in(there)
    assert verbs()[-2:] == ["user.factor_removed totp", "user.factor_added totp"]


def test_the_first_factor_brings_recovery_codes(settings: Settings) -> None:
    settings.REQUIRE_MFA = False
    user = person()
    client = signed_in(user)
    secret = secret_on(client.get("/account/app/").content.decode())
    page = client.post("/account/app/", {"code": code(secret)}).content.decode()
    assert len(re.findall(r"<li><code>\d+</code>", page)) == 10
    assert is_in(client)


def test_a_key_gets_another_name_and_no_session_ends() -> None:
    user = with_app()
    here = signed_in(user)
    add_key(here, SoftwareKey())
    there, address = signed_in(user), f"/account/keys/{own(user, 'webauthn').code}/name/"
    assert here.get(address).status_code == 200
    assert here.post(address, {"name": ""}).status_code == 422
    here.post(address, {"name": "<b>Desk</b>"})
    assert "&lt;b&gt;Desk&lt;/b&gt;" in here.get("/account/").content.decode()
    assert is_in(there)
    assert "Desk" not in str(Entry.objects.get(verb="user.factor_renamed").data)


def test_one_of_two_is_removed_and_opens_nothing_any_more() -> None:
    user = with_app()
    here = signed_in(user)
    add_key(here, SoftwareKey())
    there, address = signed_in(user), f"/account/factors/{own(user, 'totp').code}/remove/"
    assert "It lets nobody into this account" in here.get(address).content.decode()
    assert here.post(address)["Location"] == "/account/"
    assert kinds(user) == ["recovery_codes", "webauthn"]
    assert factors.check_code(user, code(), actor=COMMAND) == ""
    assert is_in(here)
    assert not is_in(there)
    assert verbs()[-1] == "user.factor_removed totp"


def test_the_last_one_stays_while_one_is_demanded() -> None:
    user = with_app()
    factors.new_recovery_codes(user, actor=COMMAND)
    client = signed_in(user)
    address = f"/account/factors/{own(user, 'totp').code}/remove/"
    assert "this is the only one" in client.get(address).content.decode()
    client.post(address)
    assert kinds(user) == ["recovery_codes", "totp"]
    assert "Nothing was removed" in client.get("/account/").content.decode()


def test_where_none_is_demanded_it_goes_with_its_recovery_codes(settings: Settings) -> None:
    settings.REQUIRE_MFA = False
    user = with_app()
    factors.new_recovery_codes(user, actor=COMMAND)
    signed_in(user).post(f"/account/factors/{own(user, 'totp').code}/remove/")
    assert kinds(user) == []


def test_new_recovery_codes_are_shown_once() -> None:
    user = with_app()
    former = factors.new_recovery_codes(user, actor=COMMAND)[0]
    here, there = signed_in(user), signed_in(user)
    assert former not in here.get("/account/recovery-codes/").content.decode()
    page = here.post("/account/recovery-codes/").content.decode()
    shown = re.findall(r"<li><code>(\d+)</code>", page)
    assert len(shown) == 10
    assert shown[0] not in here.get("/account/").content.decode()
    assert "10 left" in here.get("/account/").content.decode()
    assert factors.check_code(user, former, actor=COMMAND) == ""
    assert factors.check_code(user, shown[0], actor=COMMAND) == "recovery code"
    assert is_in(here)
    assert not is_in(there)


def test_recovery_codes_alone_are_no_factor(settings: Settings) -> None:
    settings.REQUIRE_MFA = False
    user = person()
    assert signed_in(user).post("/account/recovery-codes/")["Location"] == "/account/"
    assert kinds(user) == []


@pytest.mark.parametrize("act", ["keys/{}/name", "factors/{}/remove"])
def test_nobody_touches_a_factor_of_somebody_else(act: str) -> None:
    noor = with_app("noor")
    client = signed_in(with_app())
    address = f"/account/{act.format(own(noor, 'totp').code)}/"
    assert client.get(address).status_code == 404
    assert client.post(address, {"name": "mine"}).status_code == 404
    assert kinds(noor) == ["totp"]


def test_recovery_codes_are_not_removed_by_their_own_address() -> None:
    user = with_app()
    factors.new_recovery_codes(user, actor=COMMAND)
    address = f"/account/factors/{own(user, 'recovery_codes').code}/remove/"
    assert signed_in(user).post(address).status_code == 404
