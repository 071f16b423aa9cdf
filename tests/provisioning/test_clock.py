"""The clock: one leader, each task once when it is due, and what is missed is done once."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, connections

from provisioning import clock, clocks
from provisioning.clocks import database_now, steady_now
from provisioning.events.models import Delivery, RefusalCount
from provisioning.processes import PeriodicTask, Process
from provisioning.recovery import Task, prune
from tests.support.engine import together
from tests.support.factories import make_delivery
from tests.support.world import eventually


@pytest.fixture
def done(live_db: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[datetime]]:
    """Moments at which the only task, due every minute, was done."""
    moments: list[datetime] = []
    monkeypatch.setattr(clock, "TASKS", (Task("test", timedelta(minutes=1), moments.append),))
    yield moments
    connection.close()  # gives the lock back


def test_of_many_clocks_one_leads(done: list[datetime]) -> None:
    held = together(5, lambda _: clock.lead())
    assert sum(held) >= 1  # a leader that closes its connection leaves the lock to the next
    # The server frees a closed connection's lock a moment after the client has gone.
    eventually(clock.lead, "the lock of the closed connection, free")
    assert clock.lead()
    assert together(3, lambda _: clock.lead()) == [False] * 3


def test_when_the_leader_is_gone_another_one_leads(done: list[datetime]) -> None:
    assert clock.lead()
    connections.close_all()
    # The server notices a moment later that the connection is closed.
    eventually(lambda: together(1, lambda _: clock.lead()) == [True], "another leader")


def test_a_task_is_done_once_for_each_of_its_times(done: list[datetime]) -> None:
    now = database_now()
    assert clock.tick(now) == ["test"]
    assert clock.tick(now + timedelta(seconds=59)) == []
    assert clock.tick(now + timedelta(seconds=60)) == ["test"]
    assert len(done) == 2


def test_times_missed_while_no_clock_ran_are_made_up_for_once(done: list[datetime]) -> None:
    now = database_now()
    clock.tick(now)
    assert clock.tick(now + timedelta(hours=5)) == ["test"]
    assert clock.tick(now + timedelta(hours=5, seconds=1)) == []


@pytest.mark.parametrize("problem", [ValueError("a defect"), IntegrityError("a defect")])
def test_a_task_that_fails_is_noted_and_stops_no_other(
    live_db: object, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    """Mutation: taken for a database that is away, a row that is refused stops all that follows."""
    moments: list[datetime] = []

    def fail(_: datetime) -> None:
        raise problem

    every = timedelta(minutes=1)
    tasks = (Task("bad", every, fail), Task("good", every, moments.append))
    monkeypatch.setattr(clock, "TASKS", tasks)
    clock.tick(database_now())
    assert len(moments) == 1
    assert PeriodicTask.objects.get(name="bad").last_error == f"{type(problem).__name__}: a defect"
    assert PeriodicTask.objects.get(name="good").last_error == ""


@pytest.mark.django_db
def test_old_processes_counts_and_refusals_are_pruned_and_nothing_else() -> None:
    now = database_now()
    old = now - timedelta(days=500)
    for name, seen in (("gone", old), ("here", now)):
        Process.objects.create(name=name, kind="web", version="1", started_at=seen, seen_at=seen)
    for hour in (old, now):
        RefusalCount.objects.create(hour=hour, reason="bad_secret", count=1)
    kept = make_delivery(received_at=old)
    make_delivery(received_at=old, outcome=Delivery.Outcome.REFUSED, reason="bad_secret")
    prune(now)
    assert [p.name for p in Process.objects.all()] == ["here"]
    assert [c.hour for c in RefusalCount.objects.all()] == [now]
    assert [d.pk for d in Delivery.objects.all()] == [kept.pk]


@pytest.mark.django_db
def test_a_host_whose_clock_jumps_keeps_the_time_of_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """R28: nothing the engine compares comes from the host's own clock."""
    monkeypatch.setattr(clocks, "_measured", None)
    first = steady_now()
    monkeypatch.setattr("time.time", lambda: 0.0)
    second = steady_now()
    assert timedelta() <= second - first < timedelta(seconds=5)
    assert abs(steady_now() - database_now()) < timedelta(seconds=1)
