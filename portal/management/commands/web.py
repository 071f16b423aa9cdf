"""`web`: the portal and the hook endpoint, served by granian."""

import http.client
import multiprocessing
import os
import time
import warnings
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils.module_loading import import_string
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from portal import heartbeat, hook_door
from portal.embedded.ports import require_port
from portal.embedded.process import EmbeddedError, die_with_parent

TARGET = "portal.wsgi:application"
#: Longer than any request may take. A worker can miss its signal in the moment it begins to wait
#: for one (granian 2.8), and is killed then.
STOP_SECONDS = 12
#: Addresses to listen on that cannot be connected to, and what to ask instead.
REACHED_AT = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # translated, not listened on


class Command(BaseCommand):
    """Serve until SIGTERM or SIGINT; requests under way are finished first."""

    help = "Serve the portal and the hook endpoint."

    def add_arguments(self, parser: CommandParser) -> None:
        """Every option has an environment variable, so that a container needs no arguments."""
        parser.add_argument("--host", default=os.environ.get("WEB_HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=os.environ.get("WEB_PORT", "8000"))
        parser.add_argument("--workers", type=int, default=os.environ.get("WEB_WORKERS", "2"))
        parser.add_argument(
            "--threads",
            type=int,
            default=os.environ.get("WEB_THREADS", "16"),
            help="requests that one worker handles at once; each holds one database connection",
        )

    def handle(
        self, *, host: str, port: int, workers: int, threads: int, **_options: object
    ) -> None:
        try:
            port = require_port(host, port)
        except EmbeddedError as error:
            raise CommandError(str(error)) from None
        server = Server(
            TARGET,
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=threads,
            websockets=False,
            http1_settings=HTTP1Settings(header_read_timeout=10_000),
            respawn_failed_workers=True,
            workers_kill_timeout=STOP_SECONDS,
            log_level=LogLevels.error,
        )
        connections.close_all()  # the workers are forked from here
        multiprocessing.Process(target=announce, args=(host, port), daemon=True).start()
        server.serve(target_loader=load, wrap_loader=False)


def load() -> Callable[..., Any]:
    """Load the application in a worker, which must not outlive a killed parent."""
    die_with_parent()
    # From a working copy, static files are found where they lie instead of being collected.
    warnings.filterwarnings("ignore", "No directory at", UserWarning)
    application: Callable[..., Any] = import_string(TARGET.replace(":", "."))
    heartbeat.start("web")
    hook_door.open_in_granian()
    return application


def announce(host: str, port: int, patience: float = 60) -> None:
    """Print the address once it answers."""
    die_with_parent()
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if answers(REACHED_AT.get(host, host), port):
            time.sleep(0.1)  # past the moment in which the worker could miss a signal
            shown = f"[{host}]" if ":" in host else host
            print(f"Ready on http://{shown}:{port}", flush=True)  # noqa: T201  # outside the command
            return
        time.sleep(0.05)


def _own_name() -> str:
    """A name that we answer to: to any other the answer is 400, and a line in the log."""
    known = [name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"]
    return next(iter(known), "localhost")


def answers(host: str, port: int) -> bool:
    """True when an HTTP server answers there, whatever it says."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": _own_name()})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
