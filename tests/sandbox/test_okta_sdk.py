"""Okta's own SDK, without its models, works against the org."""
# mypy: disallow-untyped-calls=False
# The SDK has no annotations.

import asyncio
from typing import Any

import pytest
from okta.cache.no_op_cache import NoOpCache
from okta.config.config_setter import ConfigSetter
from okta.config.config_validator import ConfigValidator
from okta.request_executor import RequestExecutor

from sandbox.okta.seed import API_TOKEN
from sandbox.server import Sandbox


def _executor(org_url: str) -> Any:  # the SDK is not typed
    setter = ConfigSetter()
    setter._apply_config({"client": {"orgUrl": org_url, "token": API_TOKEN}})
    config = setter._prune_config(setter.get_config())
    ConfigValidator(config)
    return RequestExecutor(config, NoOpCache())


async def _call(executor: Any, method: str, path: str, body: Any = None) -> Any:
    request, error = await executor.create_request(method, path, body, keep_empty_params=True)
    assert error is None
    return await executor.execute(request)


def test_reading_and_changing_a_person_works(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OKTA_TESTING_TESTINGDISABLEHTTPSCHECK", "true")
    executor = _executor(sandbox.okta_url)
    login = "maya.lindqvist@acme.example"

    _, text, error = asyncio.run(_call(executor, "GET", f"/api/v1/users/{login}"))
    assert error is None
    assert '"department": "Sales"' in text

    body = {"profile": {"department": "Marketing"}}
    _, text, error = asyncio.run(_call(executor, "POST", f"/api/v1/users/{login}", body))
    assert error is None
    assert '"department": "Marketing"' in text


def test_a_refusal_comes_back_as_an_error_value(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OKTA_TESTING_TESTINGDISABLEHTTPSCHECK", "true")
    executor = _executor(sandbox.okta_url)

    _, _, error = asyncio.run(_call(executor, "GET", "/api/v1/users/nobody"))
    assert (error.status, error.error_code) == (404, "E0000007")


def test_pages_are_linked_for_the_sdk(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKTA_TESTING_TESTINGDISABLEHTTPSCHECK", "true")
    executor = _executor(sandbox.okta_url)

    response, _, _ = asyncio.run(_call(executor, "GET", "/api/v1/users?limit=5"))
    assert "after=" in str(response.links["next"]["url"])
