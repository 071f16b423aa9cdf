"""`work`: one worker. It forks for every job; whatever is slow to load is loaded once, here."""

import logging
import os
import signal
import threading
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections
from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from rq.exceptions import StopRequested

from portal import heartbeat
from portal.waiting import wait_for_database
from provisioning import jobs, wakeups
from provisioning.actions import warming
from provisioning.queueing import AllowListedJob, JsonSerializer

log = logging.getLogger(__name__)

#: RQ waits for a job a little less long than this, so a Redis that says nothing is noticed.
WORKER_TTL = 60
REST_SECONDS = 1.0


class ForkingWorker(Worker):
    """RQ's worker without its log of arguments; it ends a drain as soon as it is told to stop."""

    log_job_description = False
    max_connection_wait_time = 5

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        queue = wakeups.queue()
        # A connection of its own: RQ gives it a long time-out, which others must not have.
        own = Redis.from_url(wakeups.url(), socket_connect_timeout=1)
        super().__init__(
            [queue.name],
            connection=own,
            job_class=AllowListedJob,
            serializer=JsonSerializer,
            worker_ttl=WORKER_TTL,
        )

    def perform_job(self, job: Any, queue: Any) -> bool:
        # The connection of the parent must not be used by a child.
        connections.close_all()
        return bool(super().perform_job(job, queue))

    def _install_signal_handlers(self) -> None:
        super()._install_signal_handlers()  # type: ignore[no-untyped-call]  # RQ's
        # Whatever was said before RQ listened counts as well.
        self._stop_requested = self._stop.is_set()

    def handle_warm_shutdown_request(self) -> None:
        """Called by RQ on the first SIGTERM or SIGINT."""
        self._stop.set()
        if self.horse_pid:
            with suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGTERM)


class Command(BaseCommand):
    help = "Match events and execute runs, until SIGTERM or SIGINT."

    def handle(self, **_options: object) -> None:
        stop = threading.Event()
        listen(stop)
        if not wait_for_database(stop):
            return
        heartbeat.announce("worker")
        heartbeat.keep_beating("worker", stop)
        connections.close_all()
        if not self._wait_for_redis(stop):
            return
        self.stdout.write(f"Worker {jobs.worker_name()} is ready.")
        self.stdout.flush()
        # What came while nobody worked does not wait until we are warm: its one job loads by itself
        # whatever it needs, which takes it no longer than it would take us.
        work(stop, most=1)
        listen(stop)
        if not stop.is_set():
            warming.warm()
        while self._wait_for_redis(stop):
            work(stop)
            listen(stop)
            stop.wait(REST_SECONDS)

    def _wait_for_redis(self, stop: threading.Event) -> bool:
        """True once Redis answers; False if told to stop meanwhile."""
        while not stop.is_set():
            try:
                wakeups.queue().connection.ping()
            except RedisError as error:
                self.stderr.write(f"Waiting for Redis: {error}")
                stop.wait(2)
            else:
                return True
        return False


def listen(stop: threading.Event) -> None:
    """While no RQ worker runs, signals only set `stop`."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def work(stop: threading.Event, *, most: int | None = None) -> None:
    """Take jobs until told to stop, or until RQ gives up: it ends on a Redis that times out and on
    a job it cannot read. With `most`, at most so many, and only those that are waiting now."""
    try:
        worker = ForkingWorker(stop)
        wakeups.tell_anew()  # whatever came while nobody worked
        worker.work(
            burst=most is not None, max_jobs=most, with_scheduler=False, logging_level="WARNING"
        )
    except StopRequested:
        return
    except RedisError as error:
        log.warning("Redis cannot be reached (%s).", error)
