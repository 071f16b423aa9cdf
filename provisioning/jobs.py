"""What RQ calls. A job carries no work, only the hint that some is due."""

import ctypes
import logging
import os
import signal
import socket
import time
from collections.abc import Callable

from django.db import close_old_connections

from audit import trail
from provisioning import wakeups
from provisioning.database import AWAY, refuses_all
from provisioning.notices import sending
from provisioning.plans import executing, gathering
from provisioning.rules import backtests, coverage
from provisioning.runs import asking, execution, leases, scheduling

log = logging.getLogger(__name__)

#: A drain ends after this long and is enqueued again, so that a stop never waits for a backlog.
DRAIN_SECONDS = 10.0
SMALLEST_CLAIM, LARGEST_CLAIM = 4, 100
#: A claim that took longer than this was too large, a much quicker one too small.
GOOD_SECONDS = 0.3

_PR_SET_PDEATHSIG = 1


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def worker_actor() -> trail.Actor:
    name = worker_name()
    return trail.Actor("worker", name, "", name)


def die_with_parent() -> None:
    """A work horse whose parent is gone ends too, rather than working unseen (Linux)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Shift:
    """How long a drain may go on: until its time is over, or somebody asks it to end."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._asked = False

    def end(self, *_: object) -> None:
        """Begin nothing more; also a signal handler."""
        self._asked = True

    def over(self) -> bool:
        return self._asked or time.monotonic() >= self._until


def drain() -> None:
    """The job: match, execute and tell whatever is due, for a while."""
    die_with_parent()
    close_old_connections()
    wakeups.taken()
    shift = Shift(DRAIN_SECONDS)
    signal.signal(signal.SIGTERM, shift.end)
    try:
        with leases.Heartbeat():
            left = work_through(shift)
    except AWAY as error:
        # What was claimed comes back when its lease ends; the clock tells when something is due.
        log.warning("The database is away (%s); this drain ends.", str(error).strip())
        return
    if left:
        wakeups.tell()


def drain_for(seconds: float) -> bool:
    """Work until nothing is due or the time is over; whether something was left."""
    return work_through(Shift(seconds))


def work_through(shift: Shift) -> bool:
    actor, worker = worker_actor(), worker_name()
    events, runs = _Size(), _Size()

    def execute(limit: int) -> int:
        return execution.execute_due(limit=limit, worker=worker, actor=actor, over=shift.over)

    turns: tuple[Callable[[], int], ...] = (
        lambda: events.measure(lambda n: scheduling.schedule_due(limit=n, actor=actor)),
        lambda: gathering.gather(actor=actor),
        lambda: asking.ask_due(limit=SMALLEST_CLAIM, actor=actor),
        lambda: runs.measure(execute),
        lambda: executing.work_due(worker=worker, actor=actor, over=shift.over),
        lambda: sending.send_due(actor=actor),
        lambda: backtests.work_due(actor=actor),
        coverage.count_due,
    )
    while not shift.over():
        done = sum(_take(turn) for turn in turns if not shift.over())
        if not done:
            return False
    return True


def _take(turn: Callable[[], int]) -> int:
    """How much one turn did. A defect in one is no reason to leave all other work undone: whatever
    it holds comes back when its lease ends, or the next time."""
    try:
        return turn()
    except Exception as problem:
        if refuses_all(problem):
            raise
        log.exception("A turn of a drain failed; the others go on")
        return 0


class _Size:
    """How many to claim at once: more while claims are quick, fewer as soon as they are slow, so
    that a slow target does not make one worker sit on what others could do."""

    def __init__(self) -> None:
        self.size = SMALLEST_CLAIM

    def measure(self, work: Callable[[int], int]) -> int:
        started = time.monotonic()
        done = work(self.size)
        took = time.monotonic() - started
        if took > GOOD_SECONDS:
            self.size = max(1, self.size // 2)
        elif done >= self.size:
            self.size = min(LARGEST_CLAIM, self.size * 2)
        return done
