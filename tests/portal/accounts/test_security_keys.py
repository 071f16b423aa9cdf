"""A security key counts once, for the page that asked, and for no other page (S18)."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from audit.models import Entry
from portal.accounts import factors
from tests.portal.accounts.factor_support import add_key, send_password, with_app
from tests.portal.accounts.software_key import SoftwareKey
from tests.portal.accounts.support import is_in, signed_in

pytestmark = pytest.mark.django_db
NEAR = "http://evil.localhost:8000"
#: Pages that are not ours, and what a key would be led to believe there.
ELSEWHERE = {
    "another host": {"origin": "http://evil.example"},
    "another host of our name at its end": {"origin": "http://evil-localhost:8000"},
    "a host below ours": {"origin": NEAR},
    "our host by another scheme": {"origin": "ftp://localhost"},
    "no host": {"origin": "null"},
    "another RP id": {"rp_id": "evil.example"},
    "the RP id of a host below ours": {"rp_id": "evil.localhost"},
}


@pytest.fixture
def key() -> SoftwareKey:
    """The second factor of maya, beside her app."""
    key = SoftwareKey()
    add_key(signed_in(with_app()), key)
    return key


def at_the_door() -> tuple[Client, str]:
    """Somebody who has typed the password, and what the page asks of a key."""
    client = Client()
    send_password(client)
    return client, asked_of(client)


def asked_of(client: Client) -> str:
    return str(client.get("/sign-in/code/").context["key_options"])


def send(client: Client, answer: dict[str, Any]) -> int:
    return client.post("/sign-in/code/", {"credential": json.dumps(answer)}).status_code


def test_the_answer_for_this_page_opens(key: SoftwareKey) -> None:
    """What all refusals below are compared with."""
    client, options = at_the_door()
    assert send(client, key.sign(options)) == 302
    assert is_in(client)
    entry = Entry.objects.get(verb="user.signed_in")
    assert entry.data == {"method": "password", "factor": "webauthn"}


@pytest.mark.parametrize("where", ELSEWHERE.values(), ids=ELSEWHERE)
def test_one_made_elsewhere_does_not(key: SoftwareKey, where: dict[str, str]) -> None:
    client, options = at_the_door()
    assert send(client, key.sign(options, **where)) == 422
    assert not is_in(client)
    assert Entry.objects.get(verb="user.sign_in_refused").data == {"why": "second factor"}


@pytest.mark.parametrize("where", ELSEWHERE.values(), ids=ELSEWHERE)
def test_nor_is_a_key_added_elsewhere(where: dict[str, str]) -> None:
    user = with_app()
    client = signed_in(user)
    options = client.get("/account/key/").context["key_options"]
    answer = json.dumps(SoftwareKey().register(options, **where))
    assert client.post("/account/key/", {"credential": answer}).status_code == 422
    assert factors.kinds_of(user) == {"totp"}


def test_each_guard_refuses_alone(key: SoftwareKey, monkeypatch: pytest.MonkeyPatch) -> None:
    """With ours off, fido2 still refuses another origin, but lets a host below pass."""
    monkeypatch.setattr(factors, "_check_page", lambda _client: None)
    client, options = at_the_door()
    assert send(client, key.sign(options, origin="http://evil.example")) == 422
    assert send(client, key.sign(asked_of(client), origin="https://evil.localhost")) == 302


def test_the_host_is_that_of_the_settings(key: SoftwareKey, settings: Settings) -> None:
    client, options = at_the_door()
    settings.BASE_URL = "https://sluice.acme.example"
    assert send(client, key.sign(options)) == 422


def test_an_answer_serves_once(key: SoftwareKey) -> None:
    client, options = at_the_door()
    answer = key.sign(options)
    send(client, answer)
    client.post("/sign-out/")
    send_password(client)
    asked_of(client)
    assert send(client, answer) == 422
    other = at_the_door()[0]
    assert send(other, answer) == 422
    assert not is_in(other)


def test_nor_does_one_that_was_answered_in_the_same_session(key: SoftwareKey) -> None:
    client, options = at_the_door()
    answer = key.sign(options)
    send(client, answer)
    sent = {"password": "correct horse battery", "credential": json.dumps(answer)}
    assert client.post("/sign-in/again/", sent).status_code == 422


def test_the_key_of_somebody_else_opens_nothing(key: SoftwareKey) -> None:
    theirs = SoftwareKey()
    add_key(signed_in(with_app("noor")), theirs)
    client, options = at_the_door()
    assert send(client, theirs.sign(options)) == 422
    assert not is_in(client)


def test_nor_does_another_key_that_says_it_is_this_one(key: SoftwareKey) -> None:
    client, options = at_the_door()
    assert send(client, SoftwareKey(id=key.id).sign(options)) == 422
