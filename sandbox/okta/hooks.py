"""Registering event hooks. Raises OktaError; the org's lock is held except while verifying."""

import json
import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

import urllib3

from sandbox.okta.errors import invalid
from sandbox.okta.events import emit, hook_target, is_eligible
from sandbox.okta.outgoing import call, channel_headers
from sandbox.okta.state import Operation, Org, new_id, now_text
from sandbox.web import LOOPBACK_NAMES, Json

MAX_ACTIVE = 25
MAX_TYPES = 300


def create_hook(org: Org, operation: Operation, body: Json) -> Json:
    if sum(hook["status"] == "ACTIVE" for hook in org.hooks.values()) >= MAX_ACTIVE:
        raise invalid("eventHooks", f"The org has {MAX_ACTIVE} active event hooks already.")
    moment = now_text()
    hook: Json = {
        "id": new_id("who"),
        "status": "ACTIVE",
        "verificationStatus": "UNVERIFIED",
        "created": moment,
        "createdBy": operation.actor["id"],
        "lastUpdated": moment,
        **_read(body),
    }
    org.hooks[hook["id"]] = hook
    emit(org, operation, "event_hook.created", [hook_target(hook)])
    return hook


def replace_hook(org: Org, operation: Operation, hook: Json, body: Json) -> Json:
    """Another channel (address, headers, secret) must be verified anew."""
    wanted = _read(body)
    scheme = wanted["channel"]["config"].get("authScheme")
    if scheme and not scheme.get("value"):
        scheme["value"] = (hook["channel"]["config"].get("authScheme") or {}).get("value", "")
    if wanted["channel"] != hook["channel"]:
        hook["verificationStatus"] = "UNVERIFIED"
    hook |= {**wanted, "lastUpdated": now_text()}
    emit(org, operation, "event_hook.updated", [hook_target(hook)])
    return hook


def set_status(org: Org, operation: Operation, hook: Json, status: str) -> Json:
    verb = "activated" if status == "ACTIVE" else "deactivated"
    if hook["status"] != status:
        hook["status"], hook["lastUpdated"] = status, now_text()
        emit(org, operation, f"event_hook.{verb}", [hook_target(hook)])
    return hook


def delete_hook(org: Org, operation: Operation, hook: Json) -> None:
    if hook["status"] != "INACTIVE":
        raise invalid("eventHook", "Only an INACTIVE event hook can be deleted; deactivate it.")
    del org.hooks[hook["id"]]
    emit(org, operation, "event_hook.deleted", [hook_target(hook)])


def verify_hook(org: Org, operation: Operation, hook_id: str, *, with_secret: bool = True) -> Json:
    """One GET with a challenge, repeated once. Whether Okta sends the secret with it is not
    documented, so `with_secret` switches it. Takes the lock itself, never during the call."""
    with org.lock:
        hook = org.hook(hook_id)
        config = hook["channel"]["config"]
    problem = _challenge(config, with_secret=with_secret)
    if problem:
        problem = _challenge(config, with_secret=with_secret)
    if problem:
        raise invalid("eventHook", f"The verification failed: {problem}")
    with org.lock:
        hook["verificationStatus"], hook["lastUpdated"] = "VERIFIED", now_text()
        emit(org, operation, "event_hook.verified", [hook_target(hook)])
    return hook


def _challenge(config: Json, *, with_secret: bool) -> str:
    """Empty when the right answer came in time, else the reason."""
    challenge = secrets.token_urlsafe(32)
    headers = {**channel_headers(config, with_secret=with_secret)}
    headers["X-Okta-Verification-Challenge"] = challenge
    try:
        status, body = call("GET", config["uri"], headers)
        answer = json.loads(body).get("verification")
    except urllib3.exceptions.HTTPError as error:
        return f"{config['uri']} did not answer: {error}."
    except (ValueError, AttributeError):
        return f"{config['uri']} answered {status} and no JSON object."
    if status != 200 or answer != challenge:
        return f"{config['uri']} answered {status} without the challenge."
    return ""


def shown(hook: Json) -> Json:
    """The hook as the API shows it: the secret can be written, never read."""
    config = dict(hook["channel"]["config"])
    if config.get("authScheme"):
        config["authScheme"] = {k: v for k, v in config["authScheme"].items() if k != "value"}
    return {**hook, "channel": {**hook["channel"], "config": config}, "_links": {}}


def _read(body: Json) -> Json:
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid("name", "name: The field cannot be left blank")
    return {
        "name": name,
        "description": body.get("description"),
        "events": _events(_part(body, "events")),
        "channel": _channel(_part(body, "channel")),
    }


def _part(body: Json, name: str) -> Json:
    part = body.get(name)
    if not isinstance(part, dict):
        raise invalid(name, f"{name}: The field must be an object.")
    return part


def _events(events: Json) -> Json:
    items = events.get("items")
    if not isinstance(items, list) or not items or len(items) > MAX_TYPES:
        raise invalid("events.items", f"events.items: Give 1 to {MAX_TYPES} event types.")
    refused = sorted(str(item) for item in items if not is_eligible(str(item)))
    if refused:
        text = f"events.items: Not eligible for event hooks: {', '.join(refused)}"
        raise invalid("events.items", text)
    return {"type": "EVENT_TYPE", "items": items, "filter": events.get("filter")}


def _channel(channel: Json) -> Json:
    config = _part(channel, "config")
    uri = str(config.get("uri") or "")
    checks: list[tuple[str, Callable[[], bool]]] = [
        ("channel.type: must be HTTP", lambda: channel.get("type") == "HTTP"),
        ("channel.config.uri: must be an http or https URL", lambda: uri.startswith("http")),
        (
            "channel.config.uri: the sandbox calls this machine only (127.0.0.1 or localhost)",
            lambda: urlsplit(uri).hostname in LOOPBACK_NAMES,
        ),
        ("channel.config.headers: must be a list of {key, value}", lambda: _are_headers(config)),
        ("channel.config.authScheme: type must be HEADER, with a key", lambda: _is_scheme(config)),
    ]
    for sentence, holds in checks:
        if not holds():
            raise invalid(sentence.partition(":")[0], sentence)
    return {
        "type": "HTTP",
        "version": channel.get("version", "1.0.0"),
        "config": {
            "uri": uri,
            "method": "POST",
            "headers": config.get("headers") or [],
            "authScheme": dict(config["authScheme"]) if config.get("authScheme") else None,
        },
    }


def _are_headers(config: Json) -> bool:
    headers = config.get("headers") or []
    return isinstance(headers, list) and all(
        isinstance(h, dict) and isinstance(h.get("key"), str) and "value" in h for h in headers
    )


def _is_scheme(config: Json) -> bool:
    scheme = config.get("authScheme")
    return scheme is None or (
        isinstance(scheme, dict) and scheme.get("type") == "HEADER" and bool(scheme.get("key"))
    )
