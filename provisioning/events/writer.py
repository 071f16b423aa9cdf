"""Group commit: one thread a process stores what all waiting callers brought, together.

Callers are told after the commit that holds their rows, so an answer is given only after it.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import psycopg
from django.db import connections

from provisioning.events import storing

log = logging.getLogger(__name__)

#: At most this many events in one transaction, so that a big call does not hold up small ones.
MOST_EVENTS = 1_000
#: Okta waits 3 s; a caller is told to come again before that.
PATIENCE = 2.0


class Unavailable(Exception):  # noqa: N818 - the caller shall try again
    """The database did not take the rows in time; the caller should send them again."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A bundle, and who is told how many of its events were new; None where it is not stored."""

    bundle: storing.Bundle
    settled: Callable[[int | None], object]


#: What Django adds to the parameters of a connection, or we say differently.
_DJANGOS_OWN = frozenset(
    {
        "application_name",
        "client_encoding",
        "connect_timeout",
        "context",
        "cursor_factory",
        "prepare_threshold",
    }
)


def connect() -> "psycopg.Connection[Any]":
    """A connection of our own, outside Django's, which is bound to threads."""
    parameters = connections["default"].get_connection_params()
    wanted = {key: value for key, value in parameters.items() if key not in _DJANGOS_OWN}
    # Planning the statement anew would cost more than executing it.
    ours = "-c statement_timeout=1500 -c plan_cache_mode=force_generic_plan"
    options = f"{wanted.pop('options', '')} {ours}".strip()
    return psycopg.connect(
        **wanted,
        options=options,
        connect_timeout=2,
        application_name="sluice-hook",
        autocommit=True,
    )


class Writer(threading.Thread):
    """Stores bundles; started once a process, by the first call."""

    def __init__(self, on_stored: Callable[[], None]) -> None:
        super().__init__(name="hook-writer", daemon=True)
        self._waiting: SimpleQueue[Ticket] = SimpleQueue()
        self._connection: psycopg.Connection[Any] | None = None
        self._on_stored = on_stored

    def put(self, bundle: storing.Bundle, settled: Callable[[int | None], object]) -> None:
        """Have the bundle stored; `settled` is called from the writer's thread."""
        self._waiting.put(Ticket(bundle, settled))

    def store(self, bundle: storing.Bundle) -> int:
        """Store a bundle and say how many of its events were new. Raises Unavailable."""
        told: SimpleQueue[int | None] = SimpleQueue()
        self.put(bundle, told.put)
        try:
            stored = told.get(timeout=PATIENCE)
        except Empty:
            stored = None
        if stored is None:
            raise Unavailable
        return stored

    def run(self) -> None:
        while True:
            tickets = self._take()
            stored: dict[str, int] = {}
            try:
                self._store_all(tickets, stored)
            except Exception:
                log.exception("The hook writer failed; the callers are told to come again")
            for ticket in tickets:
                self._tell(ticket, stored.get(ticket.bundle.code))

    def _tell(self, ticket: Ticket, stored: int | None) -> None:
        try:
            ticket.settled(stored)
        except Exception:
            log.exception("A caller could not be told")

    def _take(self) -> list[Ticket]:
        """Wait for one caller, and take with it whoever else is waiting."""
        ticket = self._waiting.get()
        taken, events = [ticket], ticket.bundle.event_count
        while events < MOST_EVENTS:
            try:
                ticket = self._waiting.get_nowait()
            except Empty:
                break
            taken.append(ticket)
            events += ticket.bundle.event_count
        return taken

    def _store_all(self, tickets: list[Ticket], stored: dict[str, int]) -> None:
        try:
            self._store(tickets, stored)
        except psycopg.OperationalError as error:
            log.error("The database is away: %s", str(error).strip())
        except psycopg.Error:
            if len(tickets) == 1:
                log.exception("A delivery could not be stored")
                return
            for ticket in tickets:  # one that cannot be stored must not take others with it
                self._store_all([ticket], stored)

    def _store(self, tickets: list[Ticket], stored: dict[str, int]) -> None:
        """Adds to `stored`, under the code of each bundle, how many of its events were new."""
        bundles = [ticket.bundle for ticket in tickets]
        try:
            new = storing.store(self._connected(), bundles)
        except psycopg.OperationalError:
            # The server may have closed an idle connection; storing twice is harmless.
            self._close()
            new = storing.store(self._connected(), bundles)
        for bundle in bundles:  # what was stored the first time is not said again
            stored[bundle.code] = new.get(bundle.code, bundle.event_count)
        if any(bundle.event_count for bundle in bundles):
            self._on_stored()

    def _connected(self) -> "psycopg.Connection[Any]":
        if self._connection is None or self._connection.closed:
            started = time.monotonic()
            self._connection = connect()
            log.debug("connected in %.3f s", time.monotonic() - started)
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
