"""Group commit: one thread a process stores what all waiting callers brought, together.

Callers wait for the commit that holds their rows, so an answer is given only after it.
"""

import logging
import threading
import time
from collections.abc import Callable
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


class Unsent(Exception):  # noqa: N818
    """Nobody put the ticket in before the time was over, and nobody can any more."""


class Ticket:
    """A caller's bundle. `done` is held until the bundle is stored, or cannot be."""

    __slots__ = ("_turn", "bundle", "done", "problem", "put_at", "stored")
    bundle: storing.Bundle

    def __init__(self) -> None:
        self.stored: int | None = None
        #: why there is no bundle to store
        self.problem: Exception | None = None
        #: since when there is a bundle, on the steady clock
        self.put_at: float | None = None
        # Bare locks: an Event costs as much as reading the call.
        self.done = threading.Lock()
        self.done.acquire()
        self._turn = threading.Lock()

    def claim(self) -> bool:
        """True once: for whoever puts the ticket in, or for the caller who gave it up."""
        return self._turn.acquire(blocking=False)

    def refuse(self, problem: Exception) -> None:
        """There will be no bundle; the caller is told why."""
        if self.claim():
            self.problem = problem
            self.done.release()


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

    def store(self, bundle: storing.Bundle) -> int:
        """Store a bundle and say how many of its events were new. Raises Unavailable."""
        ticket = Ticket()
        self.put(ticket, bundle)
        return self.wait(ticket, PATIENCE)

    def put(self, ticket: Ticket, bundle: storing.Bundle) -> None:
        """Have the bundle stored, unless the caller has given the ticket up."""
        if ticket.claim():
            ticket.bundle, ticket.put_at = bundle, time.monotonic()
            self._waiting.put(ticket)

    def wait(self, ticket: Ticket, patience: float) -> int:
        """How many events were new, once they are stored; the ticket is put in by another thread
        within `patience` seconds. Raises Unsent, Unavailable, and the ticket's problem."""
        until = time.monotonic() + patience
        while not ticket.done.acquire(timeout=PATIENCE):
            now = time.monotonic()
            if ticket.put_at is None and now >= until and ticket.claim():
                raise Unsent
            if ticket.put_at is not None and now >= ticket.put_at + PATIENCE:
                raise Unavailable
        if ticket.problem is not None:
            raise ticket.problem
        if ticket.stored is None:
            raise Unavailable
        return ticket.stored

    def run(self) -> None:
        while True:
            tickets = self._take()
            try:
                self._store_all(tickets)
            except Exception:
                log.exception("The hook writer failed; the callers are told to come again")
            for ticket in tickets:
                ticket.done.release()

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

    def _store_all(self, tickets: list[Ticket]) -> None:
        try:
            self._store(tickets)
        except psycopg.OperationalError as error:
            log.error("The database is away: %s", str(error).strip())
        except psycopg.Error:
            if len(tickets) == 1:
                log.exception("A delivery could not be stored")
                return
            for ticket in tickets:  # one that cannot be stored must not take others with it
                self._store_all([ticket])

    def _store(self, tickets: list[Ticket]) -> None:
        bundles = [ticket.bundle for ticket in tickets]
        try:
            stored = storing.store(self._connected(), bundles)
        except psycopg.OperationalError:
            # The server may have closed an idle connection; storing twice is harmless.
            self._close()
            stored = storing.store(self._connected(), bundles)
        for ticket in tickets:
            ticket.stored = stored.get(ticket.bundle.code, ticket.bundle.event_count)
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
