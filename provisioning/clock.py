"""Periodic work. Any number of clocks may run; an advisory lock lets one of them act."""

import logging
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import Error, connection, transaction

from provisioning.clocks import database_now
from provisioning.database import AWAY
from provisioning.processes import PeriodicTask
from provisioning.recovery import TASKS, Task

log = logging.getLogger(__name__)

LOCK = 0x51_1C_E0_01
TICK_SECONDS = 0.5


def run(stop: threading.Event, more: Sequence[Task] = ()) -> None:
    """Tick until told to stop; a database that is away is waited for. `more` is work of others."""
    while not stop.wait(TICK_SECONDS):
        try:
            if lead():
                tick(database_now(), more)
        except Error as error:
            log.warning("The database is away (%s); the clock waits.", str(error).strip())
            connection.close()
            stop.wait(2)


def lead() -> bool:
    """Whether this session holds the lock. It goes with the session, so a dead leader's is free."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' "
            "AND objid = %s AND pid = pg_backend_pid()) THEN true "
            "ELSE pg_try_advisory_lock(%s) END",
            [LOCK, LOCK],
        )
        (held,) = cursor.fetchone()
    return bool(held)


def tick(now: datetime, more: Sequence[Task] = ()) -> list[str]:
    """Do what is due, each once; the names of what was done. A missed slot is done once."""
    due = dict(PeriodicTask.objects.values_list("name", "next_at"))
    tasks = (*TASKS, *more)
    return [task.name for task in tasks if due.get(task.name, now) <= now and _do(task, now)]


def _do(task: Task, now: datetime) -> bool:
    error = ""
    try:
        with transaction.atomic():
            task.run(now)
    except AWAY:
        raise
    except Exception as problem:
        log.exception("The periodic task %s failed", task.name)
        error = f"{type(problem).__name__}: {problem}"
    PeriodicTask.objects.update_or_create(
        name=task.name,
        defaults={"next_at": _next(task, now), "last_at": now, "last_error": error},
    )
    return True


def _next(task: Task, now: datetime) -> datetime:
    return now + max(task.every, timedelta(milliseconds=500))
