"""Where requests of our own may go."""

import pytest
from pytest_django import Settings

from provisioning.actions import outgoing
from provisioning.actions.base import Permanent


@pytest.fixture(autouse=True)
def configured(settings: Settings) -> None:
    settings.SLACK_BASE_URL = "https://slack.com/api/"
    settings.OKTA_ORG_URL = "https://example.okta.com"
    settings.AWS_ENDPOINT_URL = "http://127.0.0.1:5000"


@pytest.mark.parametrize(
    "url",
    [
        "https://slack.com/api/chat.postMessage",
        "https://SLACK.com:443/api/",
        "https://example.okta.com/api/v1/users",
        "http://127.0.0.1:5000/bucket",
    ],
)
def test_a_configured_host_is_allowed(url: str) -> None:
    assert outgoing.check(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://slack.com/api/",
        "https://slack.com:8443/api/",
        "https://slack.com.evil.example/",
        "https://slack.com@evil.example/",
        "https://user:hunter22@slack.com/",
        "http://127.0.0.1:5001/",
        "http://169.254.169.254/latest/meta-data",
        "http://0x7f.1:5000/",
        "http://2130706433:5000/",
        "http://[::ffff:127.0.0.1]:5000/",
        "file:///etc/passwd",
        "gopher://slack.com/",
        "https://slack.com:99999/",
        "https://[broken/",
        "",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(Permanent) as caught:
        outgoing.check(url)
    assert caught.value.code == "address_refused"
    assert "hunter22" not in caught.value.message


def test_plain_http_is_refused_even_if_configured(settings: Settings) -> None:
    settings.SLACK_BASE_URL = "http://slack.example/api/"
    with pytest.raises(Permanent, match="only to a stand-in on this machine"):
        outgoing.check("http://slack.example/api/")
