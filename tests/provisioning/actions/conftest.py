"""The stand-ins for AWS, Slack, mail and Okta, reached over real HTTP and SMTP on loopback."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from pytest_django import Settings

from provisioning.actions.aws import client
from provisioning.actions.base import Context
from sandbox.server import Sandbox
from tests.provisioning.actions.stub import Stub

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(
    running_sandbox: Sandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Sandbox:
    """The sandbox as at its start, with the settings pointing to it."""
    running_sandbox.reset()
    settings.AWS_ENDPOINT_URL = running_sandbox.aws_url
    settings.SLACK_BASE_URL = running_sandbox.slack_url
    settings.SLACK_BOT_TOKEN = running_sandbox.environ()["SLACK_BOT_TOKEN"]
    settings.OKTA_ORG_URL = running_sandbox.okta_url
    settings.OKTA_API_TOKEN = running_sandbox.environ()["OKTA_API_TOKEN"]
    settings.OKTA_ALLOW_HTTP = True
    settings.EMAIL_BACKEND = SMTP_BACKEND
    settings.EMAIL_HOST = running_sandbox.smtp_host
    settings.EMAIL_PORT = running_sandbox.smtp_port
    use_keys(monkeypatch)
    return running_sandbox


def use_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials in the environment, and none looked for elsewhere."""
    client.start_afresh()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASANDBOXPRODUCT00")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub() as running:
        yield running


@pytest.fixture
def context() -> Context:
    """A run of its own for each test, so that no session is shared."""
    return new_context()


def new_context(**changes: object) -> Context:
    values: dict[str, object] = {
        "run": uuid4().hex[:12],
        "step": "folder",
        "rule": "marketing-s3-folder",
        "rule_version": 3,
        "event_uuid": str(uuid4()),
        "now": datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
    }
    return Context(**{**values, **changes})  # type: ignore[arg-type]  # values of mixed types


ContextMaker = Callable[..., Context]
