"""Who may call: API tokens, and service apps with private_key_jwt."""

import json
import time
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sandbox.client import SandboxClient, SandboxRefusedError
from sandbox.okta.auth import ASSERTION_TYPE
from sandbox.okta.seed import API_TOKEN
from sandbox.server import Sandbox
from tests.sandbox.conftest import Answer, Http, Json

CLIENT = "0oaServiceApp0000001"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def registered(client: SandboxClient, key: RSAPrivateKey) -> None:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    client.register_client(CLIENT, [{**public, "kid": "k1"}], ["okta.users.read"])


def _request(
    web: Http, key: RSAPrivateKey, *, scope: str = "okta.users.read", **claims: object
) -> Answer:
    payload = {
        "iss": CLIENT,
        "sub": CLIENT,
        "aud": f"{web.base}/oauth2/v1/token",
        "exp": int(time.time()) + 300,
        "jti": str(uuid4()),
        **claims,
    }
    assertion = jwt.encode(payload, key, algorithm="RS256", headers={"kid": "k1"})
    fields = {
        "grant_type": "client_credentials",
        "scope": scope,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    return web.form("/oauth2/v1/token", fields)


@pytest.mark.parametrize("form", [f"SSWS {API_TOKEN}", f"SSWS{API_TOKEN}"])
def test_an_api_token_works_with_and_without_the_blank(okta: Http, form: str) -> None:
    assert okta("GET", "users?limit=1", authorization=form).status == 200


@pytest.mark.parametrize("form", ["", "SSWS wrong", f"Bearer {API_TOKEN}", "Basic eDp5"])
def test_anything_else_is_refused_with_e0000011(okta: Http, form: str) -> None:
    answer = okta("GET", "users", authorization=form)

    assert (answer.status, answer.json["errorCode"]) == (401, "E0000011")


def test_a_token_ends_with_its_deactivated_owner(okta: Http) -> None:
    okta("POST", "users/ada.admin@acme.example/lifecycle/deactivate")

    assert okta("GET", "users").status == 401


def test_the_console_goes_on_without_its_administrator(okta: Http, client: SandboxClient) -> None:
    for _ in range(2):
        client.delete_user("ada.admin@acme.example")
    client.suspend("maya.lindqvist@acme.example")

    assert client.list_events()[-1]["actor"]["displayName"] == "Ada Admin"


def test_events_of_the_product_name_its_token_and_those_of_the_console_none(
    okta: Http, client: SandboxClient
) -> None:
    okta("POST", "users/maya.lindqvist@acme.example/lifecycle/suspend")
    client.unsuspend("maya.lindqvist@acme.example")

    details = [event["transaction"]["detail"] for event in client.list_events()]
    assert details == [{"requestApiTokenId": "00TsandboxProduct001"}, {}]


@pytest.mark.usefixtures("registered")
def test_a_signed_assertion_buys_a_token_for_an_hour(
    web: Http, okta: Http, key: RSAPrivateKey
) -> None:
    granted = _request(web, key).json

    assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 3600)
    bearer = f"Bearer {granted['access_token']}"
    assert okta("GET", "users?limit=1", authorization=bearer).status == 200


@pytest.mark.usefixtures("registered")
def test_a_token_without_the_scope_is_refused_with_e0000006(
    web: Http, okta: Http, key: RSAPrivateKey
) -> None:
    bearer = f"Bearer {_request(web, key).json['access_token']}"
    answer = okta("POST", "groups", {"profile": {"name": "x"}}, authorization=bearer)

    assert (answer.status, answer.json["errorCode"]) == (403, "E0000006")


@pytest.mark.usefixtures("registered")
def test_a_service_app_is_the_actor_of_what_it_does(
    web: Http, okta: Http, key: RSAPrivateKey, sandbox: Sandbox, client: SandboxClient
) -> None:
    sandbox.okta.org.clients[CLIENT]["scopes"].append("okta.users.manage")
    token = _request(web, key, scope="okta.users.manage").json["access_token"]
    path = "users/maya.lindqvist@acme.example/lifecycle/suspend"
    okta("POST", path, authorization=f"Bearer {token}")

    (event,) = client.list_events()
    assert (event["actor"]["id"], event["actor"]["type"]) == (CLIENT, "PublicClientAppEntity")
    assert event["client"]["id"] == CLIENT


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://elsewhere.example/oauth2/v1/token"},
        {"iss": "0oaSomebodyElse00001"},
        {"sub": "0oaSomebodyElse00001"},
        {"exp": 1},
        {"exp": 99_999_999_999},
    ],
)
def test_an_assertion_with_a_wrong_claim_is_an_invalid_client(
    web: Http, key: RSAPrivateKey, claims: Json
) -> None:
    answer = _request(web, key, **claims)

    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


@pytest.mark.usefixtures("registered")
def test_an_assertion_signed_with_another_key_is_an_invalid_client(web: Http) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    assert _request(web, other).json["error"] == "invalid_client"


@pytest.mark.usefixtures("registered")
def test_an_assertion_cannot_be_used_twice(web: Http, key: RSAPrivateKey) -> None:
    assert _request(web, key, jti="once").status == 200
    assert _request(web, key, jti="once").json["error"] == "invalid_client"


@pytest.mark.usefixtures("registered")
def test_a_scope_that_was_not_granted_is_an_invalid_scope(web: Http, key: RSAPrivateKey) -> None:
    answer = _request(web, key, scope="okta.users.manage")

    assert (answer.status, answer.json["error"]) == (400, "invalid_scope")


def test_a_private_key_is_not_accepted_as_a_registered_key(client: SandboxClient) -> None:
    with pytest.raises(SandboxRefusedError, match="must be public"):
        client.register_client(CLIENT, [{"kid": "k1", "d": "secret"}], ["okta.users.read"])
