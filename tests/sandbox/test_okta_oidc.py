"""The fake Okta as an OpenID provider: who is let through, and what a code is good for."""

import base64
import hashlib
import html
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest
import requests

from sandbox.client import SandboxClient
from sandbox.okta.oidc import CLIENT_ID, CLIENT_SECRET
from sandbox.server import Sandbox
from tests.sandbox.conftest import Json

MAYA = "maya.lindqvist@acme.example"
BACK = "http://localhost:8000/sign-in/okta/callback/"
VERIFIER = "v" * 43
DIGEST = hashlib.sha256(VERIFIER.encode()).digest()
CHALLENGE = base64.urlsafe_b64encode(DIGEST).decode().rstrip("=")
ASKED = {
    "client_id": CLIENT_ID,
    "redirect_uri": BACK,
    "response_type": "code",
    "scope": "openid profile email groups",
    "state": "some <state>",
    "nonce": "n-1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def authorize(sandbox: Sandbox, **changed: str) -> requests.Response:
    query = urlencode({name: value for name, value in (ASKED | changed).items() if value})
    address = f"{sandbox.okta_url}/oauth2/v1/authorize?{query}"
    return requests.get(address, timeout=10, allow_redirects=False)


def choose(sandbox: Sandbox, login: str = MAYA) -> requests.Response:
    page = authorize(sandbox)
    assert page.status_code == 200
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text)
    sent = {name: html.unescape(value) for name, value in fields}
    sent["user"] = str(SandboxClient(sandbox.control_url).find_user(login)["id"])
    action = f"{sandbox.okta_url}/oauth2/v1/authorize"
    return requests.post(action, sent, timeout=10, allow_redirects=False)


def answer_of(response: requests.Response) -> dict[str, str]:
    assert response.status_code == 302, response.text
    location = response.headers["Location"]
    assert location.startswith(f"{BACK}?")
    return dict(parse_qsl(urlsplit(location).query))


def redeem(sandbox: Sandbox, code: str, **changed: str) -> requests.Response:
    sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    sent |= {"code_verifier": VERIFIER, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return requests.post(f"{sandbox.okta_url}/oauth2/v1/token", {**sent, **changed}, timeout=10)


def claims_of(sandbox: Sandbox, token: str) -> Json:
    keys = jwt.PyJWKClient(f"{sandbox.okta_url}/oauth2/v1/keys")
    key = keys.get_signing_key_from_jwt(token).key
    found: Json = jwt.decode(
        token, key, algorithms=["RS256"], audience=CLIENT_ID, issuer=sandbox.okta_url
    )
    return found


def test_the_whole_way_ends_with_a_signed_token_about_the_person(
    sandbox: Sandbox, client: SandboxClient
) -> None:
    for name in ("sluice-admins", "other"):
        client.create_group(name)
        client.add_member(name, MAYA)
    back = answer_of(choose(sandbox))
    assert back["state"] == "some <state>"
    answer = redeem(sandbox, back["code"]).json()
    claims = claims_of(sandbox, answer["id_token"])
    assert claims["sub"] == client.find_user(MAYA)["id"]
    assert (claims["nonce"], claims["email"], claims["groups"]) == ("n-1", MAYA, ["sluice-admins"])
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    about = requests.get(f"{sandbox.okta_url}/oauth2/v1/userinfo", headers=bearer, timeout=10)
    assert about.json()["sub"] == claims["sub"]


def test_the_description_names_what_there_is(sandbox: Sandbox) -> None:
    address = f"{sandbox.okta_url}/.well-known/openid-configuration"
    found = requests.get(address, timeout=10).json()
    assert found["issuer"] == sandbox.okta_url
    assert found["code_challenge_methods_supported"] == ["S256"]
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
        assert found[name].startswith(sandbox.okta_url)


@pytest.mark.parametrize("verb", ["suspend", "deactivate"])
def test_only_active_people_are_let_through(
    sandbox: Sandbox, client: SandboxClient, verb: str
) -> None:
    getattr(client, verb)(MAYA)
    answer = choose(sandbox)
    assert answer.status_code == 403
    assert "only people who are active may" in answer.text


@pytest.mark.parametrize(
    "changed",
    [{"client_id": "0oaOther"}, {"redirect_uri": "https://evil.example/"}, {"redirect_uri": ""}],
)
def test_an_unknown_app_or_address_is_not_led_back_to(
    sandbox: Sandbox, changed: dict[str, str]
) -> None:
    answer = authorize(sandbox, **changed)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
    ],
)
def test_what_is_asked_wrongly_is_told_to_the_app(
    sandbox: Sandbox, changed: dict[str, str], error: str
) -> None:
    assert answer_of(authorize(sandbox, **changed))["error"] == error


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": "http://localhost:8000/other/"}, "invalid_grant"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"code": "made-up"}, "invalid_grant"),
    ],
)
def test_a_code_is_worth_nothing_to_others(
    sandbox: Sandbox, changed: dict[str, str], error: str
) -> None:
    code = answer_of(choose(sandbox))["code"]
    answer = redeem(sandbox, **{"code": code, **changed})
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == error


def test_a_code_serves_once(sandbox: Sandbox) -> None:
    code = answer_of(choose(sandbox))["code"]
    assert redeem(sandbox, code).status_code == 200
    assert redeem(sandbox, code).json()["error"] == "invalid_grant"


def test_the_page_allows_no_script_and_escapes_what_came_with_the_address(sandbox: Sandbox) -> None:
    page = authorize(sandbox, state='"><script>alert(1)</script>')
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
