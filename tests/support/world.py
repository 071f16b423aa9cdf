"""The whole flow in one process: a sandbox, a hook endpoint behind real HTTP, and a drain."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from wsgiref.simple_server import WSGIRequestHandler, make_server

from audit.trail import Actor
from provisioning import jobs
from provisioning.actions.registry import ACTIONS
from provisioning.events.models import Event
from provisioning.rules import versions
from provisioning.rules.definitions import load_rule
from provisioning.webhooks import Endpoint
from sandbox.client import SandboxClient
from sandbox.server import Sandbox
from tests.support.hooks import SECRET

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "rules"
TESTER = Actor("command", "tests", "tests", "tests")
T = TypeVar("T")


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing: the output belongs to the tests."""


@contextmanager
def serving(endpoint: Endpoint) -> Iterator[str]:
    """The endpoint behind a real socket; its URL."""
    server = make_server("127.0.0.1", 0, endpoint, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hooks/okta"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def apply_rule(text: str) -> None:
    versions.apply([load_rule(text, "rule.yaml", actions=ACTIONS)], actor=TESTER)


def apply_example(name: str) -> None:
    apply_rule((EXAMPLES / f"{name}.yaml").read_text())


@dataclass
class World:
    """A test's view of everything around the product."""

    sandbox: Sandbox
    client: SandboxClient
    hook_url: str

    def listen(self, *event_types: str) -> None:
        """Register and verify a hook, as an administrator of Okta would."""
        hook = self.client.register_hook(self.hook_url, SECRET, list(event_types))
        assert self.client.verify_hook(str(hook["id"]))["verificationStatus"] == "VERIFIED"

    def arrived(self, count: int) -> None:
        """Wait until so many events are stored."""
        eventually(lambda: Event.objects.count() >= count, f"{count} events")

    def drain(self) -> None:
        """What a worker does when it is woken."""
        jobs.drain_for(20)


def eventually(found: Callable[[], T], what: str, timeout: float = 30) -> T:
    """The first truthy result; fails with `what` was waited for."""
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        if result := found():
            return result
        time.sleep(0.02)
    raise AssertionError(f"never seen: {what}")
