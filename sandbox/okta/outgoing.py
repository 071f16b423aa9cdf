"""One call to a hook: what is sent, how long it may take, what is remembered of it."""

import json
import time

import urllib3

from sandbox.okta.state import now_text
from sandbox.web import Json

TIMEOUT_SECONDS = 3.0


def call(
    method: str, uri: str, headers: dict[str, str], body: bytes | None = None
) -> tuple[int, bytes]:
    """3 s in all, no redirect; raises urllib3's errors."""
    with urllib3.PoolManager(timeout=urllib3.Timeout(total=TIMEOUT_SECONDS), retries=False) as pool:
        response = pool.request(method, uri, body=body, headers=headers, redirect=False)
        return response.status, response.data


def channel_headers(config: Json, *, with_secret: bool = True) -> dict[str, str]:
    headers = {"Accept": "application/json", "User-Agent": "Okta-Webhooks/1.0"}
    headers |= {str(h["key"]): str(h["value"]) for h in config.get("headers") or []}
    scheme = config.get("authScheme")
    if scheme and with_secret:
        headers[str(scheme["key"])] = str(scheme["value"])
    return headers


def record_of(hook_id: str, uri: str, envelope: Json, status: str) -> Json:
    events = envelope["data"]["events"]
    return {
        "id": envelope["eventId"],
        "hook": hook_id,
        "uri": uri,
        "at": now_text(),
        "status": status,
        "attempts": [],
        "events": [{"uuid": e["uuid"], "eventType": e["eventType"]} for e in events],
        "body": json.dumps(envelope, ensure_ascii=False),
    }


def attempt(config: Json, body: bytes) -> Json:
    """{status, reason, seconds, again}; status 0 when nothing was answered."""
    started = time.monotonic()
    headers = {**channel_headers(config), "Content-Type": "application/json"}
    try:
        status, _ = call("POST", config["uri"], headers, body)
        reason = "" if status in (200, 204) else f"Hook returned status code {status}"
    except urllib3.exceptions.TimeoutError:
        status, reason = 0, "Hook timed out"
    except urllib3.exceptions.HTTPError as error:
        status, reason = 0, f"Hook could not be reached: {type(error).__name__}"
    seconds = round(time.monotonic() - started, 3)
    return {
        "status": status,
        "reason": reason,
        "seconds": seconds,
        "again": status == 0 or status >= 500,
    }
