"""`slack.post_message` against a stand-in for Slack's Web API."""

import pytest
from pytest_django import Settings

from provisioning.actions import registry
from provisioning.actions.base import Context
from provisioning.actions.slack import PostMessageParams, escaped
from sandbox.server import Sandbox
from tests.provisioning.actions.stub import Scripted, Stub

ACTION = registry.get("slack.post_message")
HEADER = {"type": "header", "text": {"type": "plain_text", "text": "User suspended", "emoji": True}}


def message(**changes: object) -> PostMessageParams:
    values = {"channel": "#offboarding", "text": "User suspended: Maya Lindqvist"}
    return PostMessageParams.model_validate({**values, **changes})


def fields(*texts: str) -> dict[str, object]:
    return {"type": "section", "fields": [{"type": "mrkdwn", "text": text} for text in texts]}


def test_the_offboarding_message_arrives_as_written(sandbox: Sandbox, context: Context) -> None:
    section = fields("*When:*\nSunday", "*User:*\nMaya", "*Email:*\nm@x.example", "*Actor:*\nKim")
    outcome = ACTION.act(message(blocks=[HEADER, section]), context)
    (posted,) = sandbox.slack.messages("offboarding")
    assert posted["text"] == "User suspended: Maya Lindqvist"
    assert posted["blocks"] == [HEADER, section]
    assert outcome.output == {"channel": posted["channel"], "ts": posted["ts"]}
    assert outcome.http_status == 200


def test_a_hostile_name_mentions_nobody_and_links_nowhere(
    sandbox: Sandbox, context: Context
) -> None:
    name = "<!channel> <https://evil.example|Reset> & <@U1>"
    safe = "&lt;!channel&gt; &lt;https://evil.example|Reset&gt; &amp; &lt;@U1&gt;"
    ACTION.act(message(text=name, blocks=[fields(name)]), context)
    (posted,) = sandbox.slack.messages("offboarding")
    assert posted["text"] == safe
    assert posted["blocks"] == [fields(safe)]


def test_a_rule_may_ask_for_mentions_and_links(sandbox: Sandbox, context: Context) -> None:
    text = "<!here> <https://sluice.example/runs/1|the run>"
    ACTION.act(message(text=text, mentions_and_links=True), context)
    assert sandbox.slack.messages()[0]["text"] == text


def test_text_that_is_escaped_already_stays_as_it_is() -> None:
    assert escaped("a &amp; b &lt;c&gt; d & e") == "a &amp; b &lt;c&gt; d &amp; e"


def test_the_steps_key_is_in_the_metadata_and_no_preview_is_made(
    context: Context, settings: Settings, stub: Stub
) -> None:
    settings.SLACK_BASE_URL = f"{stub.url}/api/"
    settings.SLACK_BOT_TOKEN = "xoxb-test"
    answer = {"ok": True, "channel": "C1", "ts": "1.2"}
    stub.answers(Scripted(200, answer, {"x-slack-req-id": "req-1"}))
    outcome = ACTION.act(message(), context)
    (asked,) = stub.asked
    assert asked.path == "/api/chat.postMessage"
    assert asked.headers["authorization"] == "Bearer xoxb-test"
    assert asked.json["metadata"]["event_payload"]["key"] == context.once_key
    assert asked.json["unfurl_links"] is False
    assert outcome.request_ids == ("req-1",)


def test_the_token_can_be_a_reference(
    sandbox: Sandbox, context: Context, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SLACK_TOKEN", settings.SLACK_BOT_TOKEN)
    settings.SLACK_BOT_TOKEN = "env:TEST_SLACK_TOKEN"
    ACTION.act(message(), context)
    assert len(sandbox.slack.messages()) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"text": "  "}, "The message is empty; it needs text or blocks."),
        ({"channel": "two words"}, "The channel 'two words' is not a channel's id or #name."),
        ({"text": "x" * 40_001}, "The text has 40001 characters; 40000 are allowed."),
        ({"blocks": [HEADER] * 51}, "There are 51 blocks; 50 are allowed."),
        ({"blocks": [{}]}, "Block 1 has no type, such as section or header."),
        (
            {"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]},
            "Block 1: a header has 151 characters; 150 are allowed.",
        ),
        ({"blocks": [fields(*"x" * 11)]}, "Block 1 has 11 fields; 10 are allowed."),
        (
            {"blocks": [fields("x" * 2001)]},
            "Block 1: a field has 2001 characters; 2000 are allowed.",
        ),
    ],
)
def test_what_slack_would_refuse_is_found_before(changes: dict[str, object], sentence: str) -> None:
    assert list(ACTION.problems(message(**changes))) == [sentence]


def test_a_message_cannot_be_read_back() -> None:
    assert ACTION.readable(message()) is False
