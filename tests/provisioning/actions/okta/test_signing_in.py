"""How we show Okta who we are, and that nothing ambient can change where we go."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]  # it has no stubs
from pytest_django import Settings

from provisioning.actions.base import Permanent, Transient
from provisioning.actions.okta import client, tokens
from sandbox.server import Sandbox
from tests.provisioning.actions.stub import Scripted, Stub

LOGIN = "maya.lindqvist@acme.example"


@pytest.fixture
def service_app(sandbox: Sandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> JWK:
    """A service app with a key, used instead of the API token."""
    monkeypatch.setattr(tokens, "_caches", {})
    key = JWK.generate(kty="RSA", size=2048, kid="k1")
    sandbox.okta.org.clients["0oaapp"] = {
        "label": "Sluice",
        "scopes": ["okta.users.read", "okta.groups.read"],
        "jwks": [json.loads(key.export_public())],
    }
    settings.OKTA_CLIENT_ID = "0oaapp"
    settings.OKTA_PRIVATE_KEY = key.export_private()
    settings.OKTA_API_TOKEN = ""
    return key


def test_a_service_app_signs_in_with_its_key(sandbox: Sandbox, service_app: JWK) -> None:
    user = client.read_user(LOGIN)
    assert user is not None
    assert user["profile"]["firstName"] == "Maya"


def test_one_access_token_serves_many_calls(sandbox: Sandbox, service_app: JWK) -> None:
    client.read_user(LOGIN)
    client.read_users(list(sandbox.okta.org.users))
    assert len(sandbox.okta.org.access_tokens) == 1


def test_a_token_that_okta_forgot_is_asked_for_again(sandbox: Sandbox, service_app: JWK) -> None:
    client.read_user(LOGIN)
    sandbox.okta.org.access_tokens.clear()
    with pytest.raises(Permanent):
        client.read_user(LOGIN)
    assert client.read_user(LOGIN) is not None


def test_a_limit_on_access_tokens_is_a_limit_and_names_its_end(
    sandbox: Sandbox, service_app: JWK
) -> None:
    """Otherwise it would look as if Okta were out."""
    reset = {"X-Rate-Limit-Reset": str(int(time.time()) + 30)}
    sandbox.faults.add({"service": "okta", "operation": "token", "status": 429, "headers": reset})
    with pytest.raises(Transient) as caught:
        client.read_user(LOGIN)
    assert caught.value.code == "okta_rate_limited"
    assert 25 < (caught.value.retry_after or 0) < 35


def test_a_scope_that_was_not_granted_is_said(
    sandbox: Sandbox, service_app: JWK, settings: Settings
) -> None:
    settings.OKTA_SCOPES = ["okta.users.manage"]
    with pytest.raises(Permanent) as caught:
        client.read_user(LOGIN)
    assert caught.value.code == "okta_token_refused"
    assert "granted scopes" in caught.value.hint


def _nonsense(key: JWK) -> str:
    return "nonsense"


def _broken_jwk(key: JWK) -> str:
    return '{"kty": "RSA", "n": "x"}'


def _curve(key: JWK) -> str:
    return str(JWK.generate(kty="EC", crv="P-256").export_private())


@pytest.mark.parametrize("made", [_nonsense, _broken_jwk, _curve])
def test_a_key_that_cannot_be_read_is_permanent_and_not_shown(
    sandbox: Sandbox, service_app: JWK, settings: Settings, made: Callable[[JWK], str]
) -> None:
    settings.OKTA_PRIVATE_KEY = made(service_app)
    with pytest.raises(Permanent) as caught:
        client.read_user(LOGIN)
    assert caught.value.code == "okta_key_unusable"
    assert settings.OKTA_PRIVATE_KEY not in f"{caught.value} {caught.value.detail}"


def test_the_environment_and_files_cannot_send_us_elsewhere(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stub: Stub
) -> None:
    (tmp_path / "okta.yaml").write_text(f"okta:\n  client:\n    orgUrl: {stub.url}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OKTA_CLIENT_ORGURL", stub.url)
    monkeypatch.setenv("OKTA_CLIENT_TOKEN", "00stolen")
    monkeypatch.setenv("HTTP_PROXY", stub.url)
    assert client.read_user(LOGIN) is not None
    assert stub.asked == []


def test_plain_http_needs_to_be_allowed(sandbox: Sandbox, settings: Settings) -> None:
    settings.OKTA_ALLOW_HTTP = False
    with pytest.raises(Permanent) as caught:
        client.read_user(LOGIN)
    assert caught.value.code == "okta_needs_https"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "okta_not_configured"),
        ("https://acme-admin.okta.com", "okta_admin_address"),
        ("http://okta.example", "address_refused"),
        ("ftp://okta.example", "address_refused"),
    ],
)
def test_an_address_we_cannot_use_is_said_to_be_so(settings: Settings, url: str, code: str) -> None:
    settings.OKTA_ORG_URL, settings.OKTA_ALLOW_HTTP = url, True
    with pytest.raises(Permanent) as caught:
        client.read_user(LOGIN)
    assert caught.value.code == code


def test_the_token_is_sent_in_oktas_own_scheme(stub: Stub, settings: Settings) -> None:
    settings.OKTA_ORG_URL, settings.OKTA_ALLOW_HTTP = f"{stub.url}/", True
    settings.OKTA_API_TOKEN = "00test"
    stub.answers(Scripted(200, {"id": "00u1"}))
    assert client.read_user("00u1") == {"id": "00u1"}
    assert stub.asked[0].path == "/api/v1/users/00u1"
    assert stub.asked[0].headers["authorization"] == "SSWS 00test"
    assert stub.asked[0].headers["user-agent"].endswith(f"sluice/{settings.VERSION}")
