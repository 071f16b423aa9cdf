"""Fixtures around `World`; tests that use them say `pytest_plugins` or import them."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from provisioning.webhooks import Endpoint
from sandbox.client import SandboxClient
from sandbox.server import Sandbox
from tests.conftest import LiveDatabase
from tests.support.hooks import SECRET
from tests.support.world import World, serving


@pytest.fixture(scope="session")
def session_sandbox() -> Iterator[Sandbox]:
    """One sandbox a session: starting it costs more than resetting it."""
    with Sandbox() as sandbox:
        yield sandbox


def point_settings_at(settings: Settings, environ: dict[str, str]) -> None:
    """Give the settings what `environ` says, as a process started with it would have them."""
    for name, value in environ.items():
        if name == "EMAIL_URL":
            host, _, port = value.removeprefix("smtp://").partition(":")
            settings.EMAIL_HOST, settings.EMAIL_PORT = host, int(port)
            settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        else:
            setattr(settings, name, value == "1" if name == "OKTA_ALLOW_HTTP" else value)


@pytest.fixture
def world(
    live_db: LiveDatabase,
    session_sandbox: Sandbox,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """Everything around the product, fresh, on a database of its own."""
    session_sandbox.reset()
    environ = session_sandbox.environ()
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    point_settings_at(settings, environ)
    settings.OKTA_HOOK_SECRETS = f"main:{SECRET}"
    with serving(Endpoint()) as hook_url:
        yield World(session_sandbox, SandboxClient(session_sandbox.control_url), hook_url)
