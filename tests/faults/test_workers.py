"""Workers that are killed, stopped or asked to end, and wake-ups that vanish."""

import os
import signal
import time
from pathlib import Path

import pytest
import redis
from django.db import connection

from provisioning import wakeups
from provisioning.clocks import database_now
from provisioning.events.models import Event
from provisioning.recovery import sweep
from provisioning.runs.models import Run, Step
from tests.faults.stack import LEASE_SECONDS, Stack, balance_watched
from tests.support import engine
from tests.support.processes import Child
from tests.support.world import eventually

pytestmark = pytest.mark.processes


def horse_of(worker: Child) -> int:
    """The child that works for it."""

    def child() -> int:
        children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
        return int(children[0]) if children else 0

    return eventually(child, "a work horse")


def is_gone(pid: int) -> bool:
    """Ended, whether or not somebody has taken note of it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def in_a_slow_call(stack: Stack, service: str, operation: str, seconds: float) -> Child:
    """A worker in the middle of one call, for one person."""
    stack.sandbox.faults.add({"service": service, "operation": operation, "delay": seconds})
    stack.rule()
    stack.sent.append(engine.suspended("00u0"))
    engine.receive(*stack.sent)
    worker = stack.work()
    position = 1 if service == "s3" else 2
    eventually(
        lambda: Step.objects.filter(position=position, intent_at__isnull=False).exists(), "intent"
    )
    time.sleep(0.3)
    return worker


def test_a_killed_parent_takes_its_child_with_it(stack: Stack) -> None:
    """R04: only the parent gets SIGKILL; the child must not go on unseen."""
    worker = in_a_slow_call(stack, "s3", "PutObject", 3)
    horse = horse_of(worker)
    worker.kill()
    eventually(lambda: is_gone(horse), "the end of the child", 2)
    stack.work()
    stack.drained()
    stack.check()


@pytest.mark.parametrize(("service", "operation"), [("s3", "PutObject"), ("smtp", "DATA")])
def test_a_worker_that_sleeps_longer_than_its_lease_writes_nothing_after(
    stack: Stack, service: str, operation: str
) -> None:
    """R03: SIGSTOP in a call, another worker takes the run, SIGCONT."""
    worker = in_a_slow_call(stack, service, operation, 1)
    horse = horse_of(worker)
    os.kill(horse, signal.SIGSTOP)
    time.sleep(LEASE_SECONDS)
    stack.work()
    stack.drained()
    os.kill(horse, signal.SIGCONT)
    worker.wait_for("taken by another worker", 10)
    eventually(lambda: is_gone(horse), "the end of the child")
    stack.check(unknown=1 if service == "smtp" else 0)


@pytest.mark.parametrize("everybody", [False, True], ids=["parent only", "whole group"])
def test_a_worker_asked_to_end_finishes_its_step_and_hands_back_the_rest(
    stack: Stack, everybody: bool
) -> None:
    """R06: nothing fails, and the worker is gone well within 30 s."""
    worker = in_a_slow_call(stack, "s3", "PutObject", 2)
    if everybody:
        os.kill(horse_of(worker), signal.SIGTERM)
    started = time.monotonic()
    assert worker.stop(30) == 0
    assert time.monotonic() - started < 20
    run = Run.objects.get()
    assert (run.state, run.steps_done, run.lost_claims) == ("pending", 1, 0)
    stack.work()
    stack.drained()
    stack.check()


def test_a_run_that_kills_its_worker_each_time_stops(stack: Stack) -> None:
    """R05: the worker itself lives on, and so do other people's runs."""
    stack.rule()
    engine.receive(engine.suspended("00u0"))
    worker = stack.work("aws.before_send:kill:1")
    eventually(_swept_until_stopped, "the end of the run", 40)
    run = Run.objects.get()
    assert (run.state, run.error_code) == ("unknown", "worker_lost")
    assert worker.popen.poll() is None
    assert stack.sandbox.aws.journal.entries("s3", "PutObject") == []


def _swept_until_stopped() -> bool:
    sweep(database_now())
    return Run.objects.filter(state__in=Run.STOPPED_STATES).exists()


def test_all_of_redis_lost_under_load_loses_nothing(stack: Stack, clean_redis: redis.Redis) -> None:
    """R08: with a real clock, everything is flushed again and again while events arrive."""
    stack.rule()
    stack.work()
    stack.processes.clock()
    with balance_watched():
        for number in range(20):
            event = engine.suspended(f"00u{number}")
            stack.sent.append(event)
            engine.receive(event)
            clean_redis.flushdb()
        stack.drained()
    stack.check()


def test_a_wake_up_whose_job_is_gone_is_given_again(stack: Stack, clean_redis: redis.Redis) -> None:
    """R10: the list names a job that has no hash, and the key says that one is waiting."""
    stack.rule()
    engine.receive(*stack.events(1))
    eventually(lambda: wakeups.depth(), "a wake-up")
    for key in clean_redis.keys("rq:job:*"):
        clean_redis.delete(key)
    stack.work()
    stack.drained()
    stack.check()


def test_a_worker_that_starts_works_although_a_lost_wake_up_is_still_marked_as_waiting(
    stack: Stack, clean_redis: redis.Redis
) -> None:
    """Whoever told was killed between its key and its job; no clock runs."""
    clean_redis.set(wakeups.PENDING_KEY, "1", ex=600)
    stack.rule()
    engine.receive(*stack.events(1))
    assert wakeups.depth() == 0
    stack.work()
    eventually(lambda: not Event.objects.open().exists(), "the end of it")


def test_of_two_clocks_one_acts_and_the_other_takes_over(stack: Stack) -> None:
    """R39: and the sweeper alone is enough to bring a worker to an event nobody told of."""
    clocks = [stack.processes.clock(), stack.processes.clock()]
    stack.rule()
    stack.work()
    leader = eventually(_leader, "a leader")
    time.sleep(1)
    assert _leader() == leader
    for number in range(2):
        event = engine.suspended(f"00u{number}")
        stack.sent.append(event)
        engine.receive(event)
        eventually(lambda: not Event.objects.open().exists(), "the end of it")
        if number == 0:
            clocks.pop(0).kill()
            eventually(_leader, "a leader again")
    stack.check()
    assert clocks[0].stop() == 0


def _leader() -> int:
    """The database session that holds the clock's lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        found = cursor.fetchall()
    assert len(found) < 2
    return int(found[0][0]) if found else 0
