"""The fake Okta as the portal's provider."""

import os
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from sandbox.client import SandboxClient
from sandbox.server import Sandbox
from tests.portal.accounts.okta_support import Okta


@pytest.fixture(scope="session")
def provider() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def okta(provider: Sandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Okta:
    provider.reset()
    for name, value in provider.environ().items():
        if name.startswith(("OIDC_", "OKTA_")):
            setattr(settings, name, value)
        monkeypatch.setitem(os.environ, name, value)
    settings.OKTA_ALLOW_HTTP = True
    return Okta(provider, SandboxClient(provider.control_url))


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Twenty tries take twenty hashes; how slow a hash is made on purpose is Django's matter."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
