"""Slack fails: what may be tried again, what may not, and what nobody knows."""

import pytest
from pytest_django import Settings

from provisioning.actions import registry, slack
from provisioning.actions.base import ActionError, Context, Permanent, Transient, Unknown
from provisioning.actions.slack import PostMessageParams
from sandbox.server import Sandbox
from tests.provisioning.actions.stub import Scripted, Stub, closed_port_url

ACTION = registry.get("slack.post_message")
MESSAGE = PostMessageParams(channel="#offboarding", text="hello")


def error_for(context: Context) -> ActionError:
    with pytest.raises(ActionError) as caught:
        ACTION.act(MESSAGE, context)
    return caught.value


def test_an_unknown_channel_says_to_invite_the_app(sandbox: Sandbox, context: Context) -> None:
    with pytest.raises(Permanent) as caught:
        ACTION.act(PostMessageParams(channel="#nowhere", text="hello"), context)
    assert caught.value.code == "channel_not_found"
    assert "#nowhere" in caught.value.message
    assert "invite the app" in caught.value.hint


def test_a_wrong_token_is_permanent_and_not_shown(
    sandbox: Sandbox, context: Context, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SLACK_BOT_TOKEN = "xoxb-wrong-token"
    with caplog.at_level("DEBUG"):
        error = error_for(context)
    assert type(error) is Permanent
    assert error.code == "invalid_auth"
    assert "xoxb-wrong-token" not in f"{error} {error.hint} {error.detail} {caplog.text}"


def test_rate_limiting_is_transient_and_names_the_wait(sandbox: Sandbox, context: Context) -> None:
    fault = {"service": "slack", "status": 429, "headers": {"Retry-After": "30"}}
    sandbox.faults.add(fault)
    error = error_for(context)
    assert isinstance(error, Transient)
    assert error.retry_after == 30
    assert sandbox.slack.messages() == []


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (200, "is_archived", Permanent),
        (200, "missing_scope", Permanent),
        (200, "something_new", Permanent),
        (200, "service_unavailable", Transient),
        (200, "fatal_error", Unknown),
        (500, "internal_error", Unknown),
    ],
)
def test_slacks_error_codes_have_their_class(
    sandbox: Sandbox, context: Context, status: int, code: str, kind: type[ActionError]
) -> None:
    sandbox.faults.add({"service": "slack", "status": status, "code": code})
    error = error_for(context)
    assert type(error) is kind
    assert error.code == code


def use(stub: Stub, settings: Settings) -> None:
    settings.SLACK_BASE_URL = f"{stub.url}/api/"
    settings.SLACK_BOT_TOKEN = "xoxb-test"


@pytest.mark.parametrize(
    ("status", "kind"), [(500, Unknown), (502, Unknown), (503, Transient), (404, Permanent)]
)
def test_a_page_instead_of_an_answer_is_judged_by_its_status(
    context: Context, settings: Settings, stub: Stub, status: int, kind: type[ActionError]
) -> None:
    use(stub, settings)
    stub.answers(Scripted(status, "<html>oops</html>"))
    error = error_for(context)
    assert type(error) is kind
    assert error.code == f"slack_http_{status}"
    assert error.http_status == status


def test_a_lost_answer_is_unknown_and_posted_once(sandbox: Sandbox, context: Context) -> None:
    sandbox.faults.add({"service": "slack", "drop": "after"})
    error = error_for(context)
    assert type(error) is Unknown
    assert error.code == "slack_connection_lost"
    assert len(sandbox.slack.messages()) == 1


def test_no_answer_in_time_is_unknown_and_asked_once(
    context: Context, settings: Settings, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(stub, settings)
    monkeypatch.setattr(slack, "TIMEOUT", 1)
    stub.answers(Scripted(200, {"ok": True}, delay=2))
    error = error_for(context)
    assert type(error) is Unknown
    assert error.code == "slack_no_answer"
    assert len(stub.asked) == 1


def test_nobody_listening_is_transient(context: Context, settings: Settings) -> None:
    settings.SLACK_BASE_URL = f"{closed_port_url()}/api/"
    settings.SLACK_BOT_TOKEN = "xoxb-test"
    error = error_for(context)
    assert type(error) is Transient
    assert error.message == "Slack could not be reached; nothing was posted."


def test_a_missing_token_is_said_before_anything_is_sent(
    context: Context, settings: Settings, stub: Stub
) -> None:
    use(stub, settings)
    settings.SLACK_BOT_TOKEN = ""
    assert error_for(context).code == "secret_missing"
    assert stub.asked == []
