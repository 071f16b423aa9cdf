"""An HTTP server that answers what a test scripted, and keeps what it was asked."""

import json
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass
class Scripted:
    """One answer. `drop` closes the connection instead, `delay` waits first, in seconds."""

    status: int = 200
    body: Any = ""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drop: bool = False


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Stub:
    """Answers in the order given; when none is left, 418."""

    def __init__(self) -> None:
        self.script: deque[Scripted] = deque()
        self.asked: list[Asked] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answers(self, *scripted: Scripted) -> None:
        self.script.extend(scripted)


def _handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_any(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            stub.asked.append(Asked(self.command, self.path, headers, self.rfile.read(size)))
            answer = stub.script.popleft() if stub.script else Scripted(418, "nothing scripted")
            time.sleep(answer.delay)
            self.close_connection = True
            if answer.drop:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            # A client that ran out of patience has gone.
            with suppress(OSError):
                self._send(answer)

        def _send(self, answer: Scripted) -> None:
            is_text = isinstance(answer.body, str)
            body = answer.body if is_text else json.dumps(answer.body)
            headers = {"Content-Type": "text/html" if is_text else "application/json"}
            self.send_response(answer.status)
            for name, value in {**headers, **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST = do_PUT = do_HEAD = do_any  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Quiet."""

    return Handler


def closed_port_url() -> str:
    """An address on which nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{bound.getsockname()[1]}"
