"""The load generator: wrk with a script, on loopback, for a bounded time."""

import json
import random
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import SECRET
from tests.support.hooks import fixture

SCRIPT = Path(__file__).with_name("events.lua")
MISSING = "wrk is not installed. On Debian and Ubuntu: apt-get install wrk"


@dataclass(frozen=True, slots=True)
class Result:
    """What wrk saw. `refused` are answers of 400 and above; times are in seconds."""

    requests: int
    seconds: float
    refused: int
    broken: int
    p50: float
    p99: float
    slowest: float

    @property
    def rate(self) -> float:
        """Calls answered with 2xx in a second."""
        return (self.requests - self.refused) / self.seconds

    def __str__(self) -> str:
        return (
            f"{self.rate:,.0f}/s, p50 {self.p50 * 1000:.1f} ms, p99 {self.p99 * 1000:.1f} ms, "
            f"{self.refused} refused, {self.broken} broken"
        )


def post(url: str, template: Path, *, connections: int, seconds: float, events: int = 1) -> Result:
    """Post calls of so many events each for so long. Raises SystemExit when wrk is missing."""
    program = shutil.which("wrk")
    if program is None:
        raise SystemExit(MISSING)
    nonce = str(random.randrange(2**31))  # noqa: S311 - only has to differ
    command = [
        program, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "10s",
        "-s", str(SCRIPT), url, "--", str(template), str(events), nonce, SECRET,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60 + seconds)
    said = done.stdout.rpartition("RESULT ")[2]
    values: dict[str, Any] = json.loads(said)
    return Result(
        values["requests"],
        values["microseconds"] / 1e6,
        values["refused"],
        values["broken"],
        values["p50"] / 1e6,
        values["p99"] / 1e6,
        values["slowest"] / 1e6,
    )


def event() -> dict[str, Any]:
    """A recorded event with the debug data that a browser session adds: 2.3 kB of JSON."""
    found: dict[str, Any] = fixture("user.account.update_profile")
    data = found["debugContext"]["debugData"]
    data |= {
        "dtHash": "5e1f0c2b9a7d4e6f8a1b3c5d7e9f0a2b4c6d8e0f1a3b5c7d9e1f2a4b6c8d0e2f",
        "url": "/api/v1/users/00u1a2b3c4D5E6F7g8h9?strict=true&fields=profile",
        "threatSuspected": "false",
        "targetEventHookIds": "who1a2b3c4D5E6F7g8h9",
        "originalPrincipal": found["actor"] | {"detailEntry": None},
        "logOnlySecurityData": json.dumps(
            {
                "risk": {"level": "LOW"},
                "behaviors": {
                    "New Geo-Location": "NEGATIVE", "New Device": "NEGATIVE",
                    "New IP": "NEGATIVE", "New State": "NEGATIVE",
                    "New Country": "NEGATIVE", "Velocity": "NEGATIVE",
                },
                "reasons": "Suspicious sign-ins are compared with those of the last 30 days",
                "deviceFingerprint": "c5b4a3f2e1d0c9b8a7f6e5d4c3b2a1f0",
            }
        ),
    }  # fmt: skip
    return found


def call(events: list[Any]) -> bytes:
    """The body of a hook call as Okta sends it."""
    head = {
        "eventType": "com.okta.event_hook",
        "eventTypeVersion": "1.0",
        "cloudEventsVersion": "0.1",
        "source": "https://acme.okta.example/api/v1/eventHooks/who1a2b3c4D5E6F7g8h9",
        "eventId": "b5a188b9-5ece-4636-b041-482ffda96311",
        "data": {"events": events},
        "eventTime": "2026-11-20T09:15:06.450Z",
        "contentType": "application/json",
    }
    return json.dumps(head, separators=(",", ":")).encode()


def write_template(folder: Path) -> Path:
    """The body of a call for events.lua, with marks where events and their uuids go."""
    one = json.dumps(event() | {"uuid": "@@UUID@@"}, separators=(",", ":"))
    body = call(["@@EVENTS@@"]).decode().replace('"@@EVENTS@@"', f"@@EVENT@@{one}@@END@@")
    path = folder / "hook-call.template"
    path.write_text(body)
    return path
