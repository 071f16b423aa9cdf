"""What every HTTP stand-in shares: a server on loopback, answers, a dropped connection."""

import errno
import json
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

LOOPBACK = "127.0.0.1"
LOOPBACK_NAMES = {"127.0.0.1", "localhost", "::1"}

Json = dict[str, Any]
Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]


class PortTakenError(RuntimeError):
    """Another program listens on the wanted port; the message says so."""


class RefusedInputError(ValueError):
    """Input that cannot be used; the message is the sentence shown to the person."""


class _QuietHandler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The journal and the lists of deliveries say more than an access log would."""


def bind(port: int) -> socket.socket:
    """A bound socket on loopback; raises PortTakenError."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, port))
    except OSError as error:
        bound.close()
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortTakenError(
            f"Port {port} on {LOOPBACK} is taken by another program; "
            "choose another one, or 0 for any free port."
        ) from error
    return bound


class HttpServer:
    """One WSGI application on loopback, a thread for each connection."""

    def __init__(
        self, app: WsgiApp, port: int, handler: type[WSGIRequestHandler] = _QuietHandler
    ) -> None:
        bound = bind(port)
        bound.listen(128)
        # werkzeug ends the process when it cannot bind, so it gets a socket that is bound already.
        self._server = make_server(
            LOOPBACK, port, app, threaded=True, request_handler=handler, fd=bound.fileno()
        )
        bound.close()
        self.port: int = self._server.port
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join(timeout=5)


def is_loopback(host_header: str) -> bool:
    """Whether a Host header names this machine: a page elsewhere must not reach the sandbox."""
    name = host_header.rsplit(":", 1)[0] if not host_header.endswith("]") else host_header
    return name.strip("[]").lower() in LOOPBACK_NAMES


def drop_connection(environ: Environ) -> NoReturn:
    """Close the connection without an answer, as a broken network would."""
    connection: socket.socket | None = environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("dropped on purpose")


def to_bytes(text: str) -> bytes:
    """UTF-8; half a surrogate pair, which is legal in JSON, stays the escape it came as."""
    return text.encode("utf-8", "backslashreplace")


def json_response(data: object, status: int = 200) -> Response:
    body = to_bytes(json.dumps(data, ensure_ascii=False))
    return Response(body, status=status, content_type="application/json")


def read_json(request: Request) -> Json:
    """The body as an object; raises RefusedInputError."""
    try:
        body = json.loads(request.get_data() or b"{}")
    except ValueError as error:
        raise RefusedInputError(f"The body is not JSON: {error}.") from error
    if not isinstance(body, dict):
        raise RefusedInputError("The body is not a JSON object; send {…}.")
    return body
