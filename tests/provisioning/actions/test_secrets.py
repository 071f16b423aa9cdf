"""References to secrets."""

import pytest

from provisioning.actions import secrets
from provisioning.actions.base import Permanent


def test_a_reference_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_TOKEN", " xoxb-1 \n")
    assert secrets.resolve("env:TEST_TOKEN", "the token") == "xoxb-1"


def test_a_plain_value_is_itself() -> None:
    assert secrets.resolve("xoxb-1", "the token") == "xoxb-1"


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(Permanent) as caught:
        secrets.resolve("env:TEST_NO_SUCH", "the Slack bot token")
    assert caught.value.message == (
        "There is no value for the Slack bot token: the environment variable TEST_NO_SUCH is empty."
    )


def test_an_empty_setting_is_said_to_be_missing() -> None:
    with pytest.raises(Permanent, match="it is not configured"):
        secrets.resolve("", "the token")


def test_a_store_we_cannot_read_is_refused_without_showing_the_reference() -> None:
    with pytest.raises(Permanent) as caught:
        secrets.resolve("aws-sm:arn:secret-name", "the token")
    assert "secret-name" not in str(caught.value)
