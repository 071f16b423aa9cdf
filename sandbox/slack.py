"""Slack's Web API as far as a bot that posts needs it: chat.postMessage and auth.test."""

import json
import threading
import time
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.faults import Fault, FaultBoard
from sandbox.web import Json, drop_connection, json_response

TOKEN = "xoxb-sandbox"
MAX_TEXT = 40_000
MAX_BLOCKS = 50
CHANNELS = {
    "C0GENERAL001": "general",
    "C0SECURITY01": "security-alerts",
    "C0ITALERTS01": "it-alerts",
    "C0ITOPS00001": "it-operations",
    "C0OFFBOARD01": "offboarding",
}
BOT = {"user_id": "U0SANDBOX01", "bot_id": "B0SANDBOX01", "team_id": "T0SANDBOX01"}


class Slack:
    """Messages: channel (id), channel_name, ts, text, blocks, at."""

    def __init__(self, faults: FaultBoard) -> None:
        self._faults = faults
        self._messages: list[Json] = []
        self._lock = threading.Lock()
        self._last_ts = 0

    def messages(self, channel: str = "") -> list[Json]:
        """Oldest first; `channel` is a name or an id."""
        with self._lock:
            return [
                message
                for message in self._messages
                if channel.lstrip("#") in ("", message["channel"], message["channel_name"])
            ]

    def reset(self) -> None:
        with self._lock:
            self._messages.clear()

    def dump(self) -> list[Json]:
        return self.messages()

    def load(self, messages: list[Json]) -> None:
        with self._lock:
            self._messages = list(messages)

    def respond(self, request: Request, method: str) -> Response:
        """The answer to /slack/api/<method>."""
        given = _arguments(request)
        fault = self._faults.take("slack", method, given)
        if fault:
            fault.wait()
        if fault and fault.drop == "before":
            drop_connection(request.environ)
        response = _refusal(fault) if fault and fault.status else self._work(request, method, given)
        if fault and fault.drop == "after":
            drop_connection(request.environ)
        return response

    def _work(self, request: Request, method: str, given: Json) -> Response:
        token = _token(request, given)
        if not token:
            return _error("not_authed")
        if token != TOKEN:
            return _error("invalid_auth")
        if method == "auth.test":
            team = {"url": f"{request.host_url}slack/", "team": "Acme", "user": "sluice"}
            return json_response({"ok": True, **team, **BOT})
        if method == "chat.postMessage":
            return self._post_message(given)
        return _error("unknown_method")

    def _post_message(self, given: Json) -> Response:
        channel = _channel(str(given.get("channel") or ""))
        text, blocks = str(given.get("text") or ""), given.get("blocks")
        if not channel:
            return _error("channel_not_found")
        problem = _message_problem(text, blocks, given.get("attachments"))
        if problem:
            return _error(problem)
        message: Json = {
            "channel": channel,
            "channel_name": CHANNELS[channel],
            "ts": self._next_ts(),
            "text": text,
            "blocks": blocks or [],
            "at": datetime.now(UTC).isoformat(),
        }
        with self._lock:
            self._messages.append(message)
        shown = {"type": "message", "text": text, "blocks": blocks or [], "ts": message["ts"]}
        return json_response(
            {"ok": True, "channel": channel, "ts": message["ts"], "message": {**shown, **BOT}}
        )

    def _next_ts(self) -> str:
        with self._lock:
            self._last_ts = max(self._last_ts + 1, time.time_ns() // 1000)
            return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"


def _arguments(request: Request) -> Json:
    """JSON or form arguments; in a form, blocks and attachments are JSON text."""
    if request.mimetype == "application/json":
        body = request.get_json(silent=True)
        return body if isinstance(body, dict) else {}
    given: Json = request.values.to_dict()
    for name in ("blocks", "attachments"):
        if name in given:
            try:
                given[name] = json.loads(given[name])
            except ValueError:
                given[name] = "not JSON"
    return given


def _token(request: Request, given: Json) -> str:
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() or str(given.get("token") or "")


def _channel(wanted: str) -> str:
    """Channel id by id, name or #name; empty when there is none."""
    name = wanted.removeprefix("#")
    return next((key for key, value in CHANNELS.items() if name in (key, value)), "")


def _message_problem(text: str, blocks: Any, attachments: Any) -> str:  # any JSON
    if blocks is not None and not _are_blocks(blocks):
        return "invalid_blocks"
    if not (text or blocks or attachments):
        return "no_text"
    return "msg_too_long" if len(text) > MAX_TEXT else ""


def _are_blocks(blocks: Any) -> bool:  # any JSON value
    return (
        isinstance(blocks, list)
        and len(blocks) <= MAX_BLOCKS
        and all(isinstance(block, dict) and block.get("type") for block in blocks)
    )


def _error(code: str) -> Response:
    return json_response({"ok": False, "error": code})


def _refusal(fault: Fault) -> Response:
    code = fault.code or ("ratelimited" if fault.status == 429 else "internal_error")
    response = json_response({"ok": False, "error": code}, fault.status)
    if fault.status == 429:
        response.headers["Retry-After"] = fault.headers.get("Retry-After", "1")
    response.headers.update(fault.headers)
    return response
