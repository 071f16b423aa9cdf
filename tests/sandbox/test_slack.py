"""chat.postMessage and auth.test with Slack's own errors."""

import pytest
import urllib3
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.client import SandboxClient
from sandbox.server import Sandbox
from sandbox.slack import TOKEN

BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "*Suspended*: Maya"}}]


@pytest.fixture
def slack(sandbox: Sandbox) -> WebClient:
    return WebClient(token=TOKEN, base_url=sandbox.slack_url)


@pytest.mark.parametrize("channel", ["#security-alerts", "security-alerts", "C0SECURITY01"])
def test_a_message_is_kept_with_text_and_blocks(
    slack: WebClient, client: SandboxClient, channel: str
) -> None:
    answer = slack.chat_postMessage(channel=channel, text="Suspended: Maya", blocks=BLOCKS)

    (message,) = client.list_slack_messages("#security-alerts")
    assert (message["text"], message["blocks"]) == ("Suspended: Maya", BLOCKS)
    assert answer["ts"] == message["ts"]
    assert answer["channel"] == "C0SECURITY01"


def test_a_form_works_as_json_does(sandbox: Sandbox, client: SandboxClient) -> None:
    fields = {"token": TOKEN, "channel": "general", "text": "hi", "blocks": "[]"}
    urllib3.request("POST", f"{sandbox.slack_url}chat.postMessage", fields=fields)

    assert [m["text"] for m in client.list_slack_messages()] == ["hi"]


def test_auth_test_names_team_and_bot(slack: WebClient) -> None:
    assert slack.auth_test()["team"] == "Acme"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "#nowhere", "text": "x"}, "channel_not_found"),
        ({"channel": "general", "text": ""}, "no_text"),
        ({"channel": "general", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "general", "text": "x", "blocks": [{"no": "type"}]}, "invalid_blocks"),
    ],
)
def test_a_message_slack_would_refuse_is_refused(
    slack: WebClient, client: SandboxClient, arguments: dict[str, object], error: str
) -> None:
    with pytest.raises(SlackApiError, match=error):
        slack.api_call("chat.postMessage", json=arguments)
    assert client.list_slack_messages() == []


@pytest.mark.parametrize(("token", "error"), [("xoxb-wrong", "invalid_auth"), (None, "not_authed")])
def test_a_missing_or_wrong_token_is_told_apart(
    sandbox: Sandbox, token: str | None, error: str
) -> None:
    with pytest.raises(SlackApiError, match=error):
        WebClient(token=token, base_url=sandbox.slack_url).auth_test()


def test_a_limit_is_429_with_retry_after(slack: WebClient, client: SandboxClient) -> None:
    client.add_fault("slack", "chat.postMessage", status=429, headers={"Retry-After": "7"})

    with pytest.raises(SlackApiError, match="ratelimited") as refusal:
        slack.chat_postMessage(channel="general", text="x")
    assert refusal.value.response.status_code == 429
    assert refusal.value.response.headers["Retry-After"] == "7"
    assert slack.chat_postMessage(channel="general", text="x")["ok"]
