"""A process says that it is alive: a row every few seconds, and one entry at its start."""

import logging
import os
import socket
import threading

from django.conf import settings
from django.db import Error, connection, transaction

from audit import trail
from portal.checks import warn_of_power
from provisioning.clocks import database_now
from provisioning.processes import Process

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0


def name_of(kind: str) -> str:
    return f"{kind}@{socket.gethostname()}:{os.getpid()}"


def beat(kind: str) -> None:
    now = database_now()
    Process.objects.update_or_create(
        name=name_of(kind),
        create_defaults={
            "kind": kind,
            "version": settings.VERSION,
            "started_at": now,
            "seen_at": now,
        },
        defaults={"seen_at": now},
    )


def announce(kind: str) -> None:
    """The first heartbeat, with its entry in the trail."""
    name = name_of(kind)
    warn_of_power()
    with transaction.atomic():
        beat(kind)
        trail.record(
            "process.started",
            actor=trail.Actor("process", name, "", socket.gethostname()),
            obj=trail.Object("process", name),
            data={"kind": kind, "version": settings.VERSION},
        )


def start(kind: str, stop: threading.Event | None = None) -> None:
    """Announce and beat from a thread, for a process that must not wait for the database."""
    stop = stop or threading.Event()

    def loop() -> None:
        while not stop.is_set():
            try:
                announce(kind)
            except Error as error:
                log.warning("No heartbeat: %s", str(error).strip())
                connection.close()
                stop.wait(EVERY_SECONDS)
            else:
                break
        keep_beating(kind, stop)

    threading.Thread(target=loop, name="announcer", daemon=True).start()


def keep_beating(kind: str, stop: threading.Event) -> threading.Thread:
    """Beat from a thread until `stop`; a database that is away is waited for."""

    def loop() -> None:
        while not stop.wait(EVERY_SECONDS):
            try:
                beat(kind)
            except Error as error:
                log.warning("No heartbeat: %s", str(error).strip())
                connection.close()

    thread = threading.Thread(target=loop, name="heartbeat", daemon=True)
    thread.start()
    return thread
