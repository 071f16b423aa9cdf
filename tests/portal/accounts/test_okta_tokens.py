"""What comes back from Okta is believed only if all of it is right (S19)."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from audit.models import Entry
from portal.models import User
from sandbox.okta.oidc_keys import KEY_ID, Keys
from tests.portal.accounts.okta_support import MAYA, Okta, browser, own_part
from tests.portal.accounts.support import is_in

pytestmark = pytest.mark.django_db
Json = dict[str, Any]
Twist = Callable[[Json, Keys], str]


def _with(**changes: object) -> Twist:
    return lambda claims, keys: keys.sign({**claims, **changes})


def _moved(name: str, seconds: int) -> Twist:
    """Against the time of the sign-in: tests may begin long after they were collected."""
    return lambda claims, keys: keys.sign({**claims, name: int(time.time()) + seconds})


def _without(name: str) -> Twist:
    return lambda claims, keys: keys.sign({k: v for k, v in claims.items() if k != name})


def _part(data: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def _alg_none(claims: Json, _keys: Keys) -> str:
    return f"{_part({'alg': 'none', 'kid': KEY_ID})}.{_part(claims)}."


def _unsigned(claims: Json, keys: Keys) -> str:
    return keys.sign(claims).rpartition(".")[0] + "."


def _other_key(claims: Json, _keys: Keys) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": KEY_ID})


def _unknown_key(claims: Json, keys: Keys) -> str:
    return jwt.encode(claims, keys.private, algorithm="RS256", headers={"kid": "other"})


def _client_secret(claims: Json, _keys: Keys) -> str:
    return jwt.encode(claims, "s" * 32, algorithm="HS256", headers={"kid": KEY_ID})


def _changed(claims: Json, keys: Keys) -> str:
    head, _, tail = keys.sign(claims).split(".")
    return f"{head}.{_part({**claims, 'groups': ['sluice-admins', 'more']})}.{tail}"


@pytest.mark.parametrize(
    "twist",
    [
        pytest.param(_with(aud="0oaAnotherApp"), id="made for another app"),
        pytest.param(_with(aud=["0oaSandboxPortal0001", "x"], azp="x"), id="for two, us not"),
        pytest.param(_with(iss="https://evil.example"), id="made by another issuer"),
        pytest.param(_moved("exp", -120), id="expired"),
        pytest.param(_moved("iat", 600), id="from the future"),
        pytest.param(_with(nonce="of another sign-in"), id="another nonce"),
        pytest.param(_with(nonce=""), id="empty nonce"),
        pytest.param(_without("nonce"), id="no nonce"),
        pytest.param(_without("exp"), id="no end"),
        pytest.param(_without("aud"), id="for nobody"),
        pytest.param(_without("sub"), id="about nobody"),
        pytest.param(_with(sub=""), id="about an empty name"),
        pytest.param(_alg_none, id="alg none"),
        pytest.param(_unsigned, id="signature missing"),
        pytest.param(_other_key, id="another key under the same name"),
        pytest.param(_unknown_key, id="a key that is not published"),
        pytest.param(_client_secret, id="symmetric"),
        pytest.param(_changed, id="changed after signing"),
        pytest.param(lambda claims, keys: "", id="no token"),
        pytest.param(lambda claims, keys: "a.b.c", id="nonsense"),
    ],
)
def test_a_wrong_token_lets_nobody_in(okta: Okta, twist: Twist) -> None:
    okta.put_in(MAYA, "sluice-admins")
    provider = okta.sandbox.okta.oidc
    provider.twist = lambda claims: twist(claims, provider.keys)
    client = browser()
    answer = okta.sign_in(client, MAYA)
    assert answer.status_code == 400
    assert "Okta did not sign you in" in answer.content.decode()
    assert not User.objects.exists()
    assert not is_in(client)
    assert Entry.objects.filter(verb="user.sign_in_refused").count() == 1


def test_the_address_of_a_sign_in_serves_once(okta: Okta) -> None:
    okta.put_in(MAYA, "sluice-admins")
    client = browser()
    back = okta.choose(okta.leave_for(client), MAYA)
    assert okta.come_back(client, back).status_code == 302
    client.post("/sign-out/")
    assert okta.come_back(client, back).status_code == 400
    assert not is_in(client)


def test_the_address_of_a_sign_in_serves_only_the_browser_that_began_it(okta: Okta) -> None:
    """Else a stranger's link would sign somebody in to the stranger's account."""
    okta.put_in(MAYA, "sluice-admins")
    back = okta.choose(okta.leave_for(browser()), MAYA)
    victim = browser()
    assert okta.come_back(victim, back).status_code == 400
    assert not is_in(victim)


def test_a_token_of_an_earlier_sign_in_is_refused(okta: Okta) -> None:
    okta.put_in(MAYA, "sluice-admins")
    provider, kept = okta.sandbox.okta.oidc, list[str]()

    def keep(claims: Json) -> str:
        kept.append(provider.keys.sign(claims))
        return kept[0]

    provider.twist = keep
    assert okta.sign_in(browser(), MAYA).status_code == 302
    assert okta.sign_in(browser(), MAYA).status_code == 400


def test_a_code_without_its_verifier_is_worth_nothing(okta: Okta) -> None:
    """PKCE: the code of one sign-in in the session of another."""
    okta.put_in(MAYA, "sluice-admins")
    stolen = own_part(okta.choose(okta.leave_for(browser()), MAYA).headers["Location"])
    code = stolen.partition("code=")[2].partition("&")[0]
    client = browser()
    mine = own_part(okta.choose(okta.leave_for(client), MAYA).headers["Location"])
    own_code = mine.partition("code=")[2].partition("&")[0]
    assert client.get(mine.replace(own_code, code)).status_code == 400
    assert not is_in(client)


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=x&code=y", "?error=access_denied", "?state=%00&code=%00"]
)
def test_a_call_out_of_nowhere_is_refused(okta: Okta, query: str) -> None:
    answer = browser().get(f"/sign-in/okta/callback/{query}")
    assert answer.status_code == 400
