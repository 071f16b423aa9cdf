"""Tells RQ, by the job's name, that something is due. The database row is the truth; this a hint.

A wake-up that is lost costs a second at most: the clock looks for due rows and tells again.
"""

import logging
import threading
import time

import django_rq
from django.conf import settings
from django.db import transaction
from redis.exceptions import RedisError
from rq import Queue

log = logging.getLogger(__name__)

QUEUE = "sluice"
DRAIN = "provisioning.jobs.drain"
#: While this key lives a drain is waiting in the queue, and another would find nothing to do.
PENDING_KEY = "sluice:drain-pending"
PENDING_SECONDS = 5
#: A drain begins no call after its own time, but the last one may take long: a function of 15
#: minutes, a role assumed before and a look after it. RQ would break it off.
MOST_SECONDS = 1500
REST_AFTER_FAILURE = 1.0
#: Between two hints of one process. Without it, Redis would cost more than storing the events.
REST = 0.05

_local = threading.local()


def url() -> str:
    return str(settings.REDIS_URL)


def queue() -> Queue:
    """This thread's queue; made once, since a new Redis client costs more than a commit."""
    kept: Queue | None = getattr(_local, "queue", None)
    if kept is None or _local.url != url():
        kept = django_rq.get_queue(
            QUEUE, commit_mode="auto"
        )  # we say ourselves when it is committed
        _local.queue, _local.url = kept, url()
    return kept


def tell() -> bool:
    """Enqueue a drain unless one is waiting. False where Redis cannot be reached."""
    try:
        target = queue()
        if target.connection.set(PENDING_KEY, "1", nx=True, ex=PENDING_SECONDS):
            target.enqueue(DRAIN, result_ttl=0, failure_ttl=3600, job_timeout=MOST_SECONDS)
    except RedisError as error:
        log.warning("Redis cannot be reached (%s); the clock will wake the workers.", error)
        return False
    return True


def tell_on_commit() -> None:
    """Tell once the caller's transaction is committed."""
    transaction.on_commit(tell, robust=True)


def tell_anew() -> bool:
    """Tell although a wake-up seems to be waiting: the one who set the key may have died before
    it enqueued the job, or after it took it, and nobody else would tell for a while."""
    taken()
    return tell()


def taken() -> None:
    """A drain has begun: whatever comes from now on needs another one."""
    try:
        queue().connection.delete(PENDING_KEY)
    except RedisError as error:
        log.warning("Redis cannot be reached (%s).", error)


def depth() -> int | None:
    """Jobs waiting in Redis; None where it cannot be reached."""
    try:
        return int(queue().count)
    except RedisError:
        return None


class Bell(threading.Thread):
    """Tells from a thread of its own, so that nobody who stores an event waits for Redis."""

    def __init__(self) -> None:
        super().__init__(name="bell", daemon=True)
        self._rung = threading.Event()

    def ring(self) -> None:
        self._rung.set()

    def run(self) -> None:
        while True:
            self._rung.wait()
            self._rung.clear()
            time.sleep(REST if tell() else REST_AFTER_FAILURE)
