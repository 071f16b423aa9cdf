"""What Slack's errors mean for a message that cannot be read back."""

import http.client
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.error import URLError

from slack_sdk.errors import SlackApiError

from provisioning.actions.base import ActionError, Permanent, Transient, Unknown
from provisioning.actions.text import bounded, fit

_TOKEN = (
    "Slack does not accept the token.",
    "Put a valid bot token into SLACK_BOT_TOKEN, then replay.",
)
_INVITE = (
    "Slack has no channel {channel}, or the app may not see it.",
    "Check the channel's id, and invite the app to it with /invite.",
)
_PERMANENT: Mapping[str, tuple[str, str]] = {
    "channel_not_found": _INVITE,
    "not_in_channel": (
        "The Slack app is not a member of {channel}.",
        "Invite the app to the channel with /invite, then replay.",
    ),
    "is_archived": (
        "The Slack channel {channel} is archived.",
        "Unarchive it or change the rule's channel.",
    ),
    "restricted_action": (
        "Slack's settings do not let the app post to {channel}.",
        "Allow it in the workspace's settings, then replay.",
    ),
    "msg_too_long": ("The message is too long for Slack.", "Shorten the rule's text."),
    "no_text": ("Slack received an empty message.", "Give the rule's message a text."),
    "invalid_blocks": ("Slack does not accept the blocks.", "Correct the blocks in the rule."),
    "missing_scope": (
        "The Slack app lacks the scope chat:write.",
        "Add the scope, install the app again, then replay.",
    ),
    **dict.fromkeys(
        ("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"),
        _TOKEN,
    ),
}
#: Slack says that nothing was begun.
_TRANSIENT = frozenset(
    {"ratelimited", "rate_limited", "service_unavailable", "request_timeout", "team_added_to_org"}
)
#: Slack says that part of it may have happened.
_UNSURE = frozenset({"fatal_error", "internal_error"})
_LOOK = "Look into the channel, then decide in the portal whether the message was posted."


@contextmanager
def translated(channel: str) -> Iterator[None]:
    """Turn errors of the connection inside the block into Transient, Permanent or Unknown.

    urllib wraps what goes wrong up to the sending of the request into URLError; what goes wrong
    while waiting for the answer comes as it is.
    """
    try:
        yield
    except URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise Permanent(
                "slack_certificate",
                "The certificate shown instead of Slack's was not accepted; nothing was sent.",
                hint="Check the worker's certificates and proxy.",
            ) from error
        raise Transient(
            "slack_unreachable",
            "Slack could not be reached; nothing was posted.",
            detail={"service_message": fit(str(error.reason), 300)},
        ) from error
    except (TimeoutError, http.client.HTTPException, OSError) as error:
        late = isinstance(error, TimeoutError)
        words = "No answer came in time" if late else "The connection was lost"
        raise Unknown(
            "slack_no_answer" if late else "slack_connection_lost",
            f"{words} after the message for {channel} was sent.",
            hint=_LOOK,
        ) from error


def from_answer(error: SlackApiError, channel: str) -> ActionError:
    """The error for an answer of Slack's that says no."""
    answer = error.response
    status = int(getattr(answer, "status_code", 0) or 0)
    headers: Mapping[str, str] = getattr(answer, "headers", {}) or {}
    code = _code(answer)
    kind, words, hint = _meaning(code, status)
    made = kind(
        code if code else f"slack_http_{status}",
        words.format(channel=channel),
        hint=hint,
        http_status=status or None,
        request_ids=tuple(filter(None, [_header(headers, "x-slack-req-id")])),
        detail={"service_message": _messages(answer)},
    )
    if isinstance(made, Transient):
        wait = _header(headers, "retry-after")
        made.after(float(wait) if wait.isdecimal() else None)
    return made


def _meaning(code: str, status: int) -> tuple[type[ActionError], str, str]:
    if code in _PERMANENT:
        return Permanent, *_PERMANENT[code]
    if code in _TRANSIENT or status in (429, 503):
        return Transient, "Slack asked us to try again later; nothing was posted.", ""
    if code in _UNSURE or status >= 500:
        return Unknown, "Slack failed while it took the message for {channel}.", _LOOK
    hint = "Look the error up in Slack's description of chat.postMessage."
    return Permanent, "Slack refused the message for {channel}" + _named(code) + ".", hint


def _named(code: str) -> str:
    return f" with the error {code}" if code else ""


def _code(answer: object) -> str:
    """Slack's error code; empty where the answer was a page instead of JSON."""
    get = getattr(answer, "get", None)
    found = str(get("error") or "") if callable(get) else ""
    return bounded(found, 80) if found.replace("_", "").isalnum() else ""


def _messages(answer: object) -> str:
    get = getattr(answer, "get", None)
    data = get("response_metadata") if callable(get) else None
    listed = data.get("messages") if isinstance(data, dict) else None
    return fit("; ".join(str(item) for item in listed), 1000) if isinstance(listed, list) else ""


def _header(headers: Mapping[str, object], name: str) -> str:
    for key, value in headers.items():
        if key.lower() == name:
            first = value[0] if isinstance(value, list) and value else value
            return str(first)
    return ""
