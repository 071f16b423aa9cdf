"""Real PostgreSQL and Redis servers in one data folder, for the demo and the tests."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from portal.embedded import postgres, redis
from portal.embedded.process import EmbeddedError
from portal.embedded.state import State, load, save, write_private

__all__ = ["EmbeddedError", "Services", "start", "write_private"]


@dataclass
class Services:
    """Both running servers. They end with the process that started them."""

    data: Path
    state: State
    database: postgres.Postgres
    queue: redis.Redis
    lock: TextIO

    def environ(self) -> dict[str, str]:
        """The variables that a Sluice process needs to reach the servers."""
        return {
            "DATABASE_URL": postgres.url(self.state, postgres.APP),
            "MIGRATION_DATABASE_URL": postgres.url(self.state, postgres.OWNER),
            "REDIS_URL": redis.url(self.state),
        }

    def superuser_url(self, database: str = postgres.DATABASE) -> str:
        """Address of the bootstrap superuser; nothing in production uses it."""
        return postgres.url(self.state, postgres.SUPERUSER, database)

    def stop(self) -> None:
        """Stop both servers and free the data folder; safe to call twice."""
        self.queue.stop()
        self.database.stop()
        self.lock.close()


def start(data: Path, *, durable: bool = True) -> Services:
    """Start PostgreSQL and Redis in `data`, which keeps everything for the next start.

    Call it from the main thread: the kernel ends the servers with the thread that started them.
    `durable=False` trades safety against power loss for speed, for throw-away data only.
    Raises EmbeddedError when the folder is in use or a server does not come up.
    """
    data = data.resolve()
    lock = _occupy(data)
    try:
        state = load(data)
        save(data, state)
        database = postgres.start(data, state, durable=durable)
        try:
            queue = redis.start(data, state)
        except BaseException:
            database.stop()
            raise
        save(data, state)
    except BaseException:
        lock.close()
        raise
    return Services(data, state, database, queue, lock)


def _occupy(data: Path) -> TextIO:
    """Hold the folder's lock; it goes with this process however that ends."""
    try:
        data.mkdir(mode=0o711, parents=True, exist_ok=True)
        lock = (data / "lock").open("a+")
    except OSError as error:
        raise EmbeddedError(
            f"The data folder {data} cannot be used: {error.strerror}. "
            "Choose another one with --data or SLUICE_DATA."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise EmbeddedError(
            f"The data folder {data} is in use by process {holder}. "
            "Stop that one first, or choose another folder with --data."
        ) from None
    lock.seek(0)
    lock.truncate()
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock
