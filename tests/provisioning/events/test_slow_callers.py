"""Callers that send slowly, endlessly or in chunks hold nobody up, over real sockets (S04)."""

import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from select import select
from urllib.parse import urlsplit

import psycopg
import pytest

from provisioning.events.models import Delivery, Event
from tests.conftest import LiveDatabase
from tests.support.hooks import SECRET, envelope, event
from tests.support.processes import Child, Processes

pytestmark = pytest.mark.processes


@dataclass
class Server:
    child: Child
    address: tuple[str, int]

    def send(self, *parts: bytes, pause: float = 0, wait: float = 15) -> tuple[bytes, float]:
        """The status line of the answer, and the seconds until it came."""
        started = time.monotonic()
        with socket.create_connection(self.address, timeout=wait) as caller:
            try:
                for part in parts:
                    caller.sendall(part)
                    time.sleep(pause)
            except OSError:
                pass  # the server has answered and closed already
            answer = caller.recv(200)
        return answer.split(b"\r\n")[0], time.monotonic() - started

    def memory(self) -> int:
        """Kilobytes that the server's processes hold."""
        children = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text()
        return sum(_resident(int(pid)) for pid in children.split())

    def page(self) -> bytes:
        return self.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")[0]


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


def head(length: int | None) -> bytes:
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return (
        f"POST /hooks/okta HTTP/1.1\r\nHost: localhost\r\nAuthorization: {SECRET}\r\n"
        f"Content-Type: application/json\r\n{size}\r\n\r\n"
    ).encode()


@pytest.fixture
def server(processes: Processes) -> Server:
    # One thread: whatever holds it up holds up everybody.
    child, url = processes.web(environ={"OKTA_HOOK_SECRETS": f"main:{SECRET}", "WEB_THREADS": "1"})
    parts = urlsplit(url)
    return Server(child, (str(parts.hostname), int(parts.port or 0)))


def test_slow_and_endless_bodies_are_refused_and_hold_nobody_up(server: Server) -> None:
    body = envelope(event())
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    assert server.send(head(None), chunked)[0].startswith(b"HTTP/1.1 204")
    before = server.memory()

    slow = [bytes([byte]) for byte in body[:12]]
    status, took = server.send(head(len(body)), *slow, pause=1, wait=20)
    assert status.startswith(b"HTTP/1.1 408")
    assert took < 16
    assert Delivery.objects.latest("id").reason == "too_slow"

    megabyte = b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
    server.send(head(None), *[megabyte] * 60)
    assert Delivery.objects.latest("id").reason == "too_large"
    assert server.memory() - before < 60_000

    assert server.send(head(len(body)), body)[0].startswith(b"HTTP/1.1 204")
    assert Event.objects.count() == 1


def test_calls_that_wait_for_their_commit_hold_no_thread_and_are_answered_at_the_end(
    server: Server, live_db: LiveDatabase
) -> None:
    """While nothing can be stored pages are served, and a server that ends answers first."""
    body, url = envelope(event()), live_db.owner_url
    assert server.send(head(len(body)), body)[0].startswith(b"HTTP/1.1 204")
    callers = [socket.create_connection(server.address, timeout=15) for _ in range(3)]
    with psycopg.connect(url) as owner:
        owner.execute("LOCK TABLE provisioning_event IN ACCESS EXCLUSIVE MODE")
        for caller in callers:
            body = envelope(event())
            caller.sendall(head(len(body)) + body)
        assert server.page().startswith(b"HTTP/1.1 200")
        assert all(not select([caller], [], [], 0)[0] for caller in callers)
        server.child.kill(signal.SIGTERM)
    answers = [caller.recv(12) for caller in callers]
    for caller in callers:
        caller.close()
    assert server.child.wait() == 0
    # 503 where the lock was held for longer than a caller is made to wait.
    assert set(answers) <= {b"HTTP/1.1 204", b"HTTP/1.1 503"}
    assert Event.objects.count() >= 1 + answers.count(b"HTTP/1.1 204")
