"""Calling the hook endpoint as Okta does, in process."""

import io
import json
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from provisioning.events.intake import Call, turned_away
from provisioning.webhooks import Endpoint

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "okta"
SECRET = "correct horse battery staple"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Hook:
    """A caller of one endpoint object."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def call(
        self,
        method: str = "POST",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        **environ: Any,
    ) -> Answer:
        said: dict[str, Any] = {}

        def start_response(status: str, given: list[tuple[str, str]]) -> None:
            said["status"], said["headers"] = int(status.split()[0]), dict(given)

        wsgi = self.environ(method, body, headers, **environ)
        content = b"".join(self.endpoint(wsgi, start_response))
        return Answer(said["status"], said["headers"], content)

    def environ(
        self,
        method: str = "POST",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        **environ: Any,
    ) -> dict[str, Any]:
        """What a server hands over of a call; None takes a name away."""
        wsgi = {
            "REQUEST_METHOD": method,
            "PATH_INFO": "/hooks/okta",
            "REMOTE_ADDR": "203.0.113.7",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "HTTP_AUTHORIZATION": SECRET,
        }
        for name, value in (headers or {}).items():
            wsgi["HTTP_" + name.upper().replace("-", "_")] = value
        wsgi.update(environ)
        return {name: value for name, value in wsgi.items() if value is not None}

    def post(self, *events: Any, **environ: Any) -> Answer:
        return self.call(body=envelope(*events), **environ)

    def settle(self) -> None:
        """Wait for the writer: it may still store what its caller no longer waits for."""
        done = threading.Event()
        last = turned_away(
            Call("203.0.113.7", "last"), outcome="verified", status=200, now=datetime.now(UTC)
        )
        self.endpoint.writer.put(last, lambda _: done.set())
        assert done.wait(20), "the writer did not end"


def envelope(*events: Any) -> bytes:
    """A hook body holding these events."""
    return json.dumps(
        {
            "eventType": "com.okta.event_hook",
            "eventTypeVersion": "1.0",
            "cloudEventsVersion": "0.1",
            "source": "https://acme.example-okta.test/api/v1/eventHooks/who1a2b3c4D5E6F7g8h9",
            "eventId": str(uuid.uuid4()),
            "data": {"events": list(events)},
            "eventTime": "2026-11-20T09:15:06.450Z",
            "contentType": "application/json",
        }
    ).encode()


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def event(event_type: str = "user.lifecycle.suspend", **changes: Any) -> dict[str, Any]:
    """A recorded event of this type with a uuid of its own."""
    recorded: dict[str, Any] = fixture(event_type)
    return recorded | {"uuid": str(uuid.uuid4())} | changes
