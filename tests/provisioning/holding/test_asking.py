"""A worker asks about each held run once, whatever happens to it while it looks."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.db import connection

from provisioning import jobs, recovery
from provisioning.approvals.models import Approval
from provisioning.clocks import database_now
from provisioning.runs import asking, contents, holding, scheduling
from provisioning.runs.contents import Json
from provisioning.runs.models import Run
from provisioning.runs.work import Work
from tests.provisioning.approvals.asking import person
from tests.provisioning.holding.support import careful_rule, open_approval
from tests.support.actions import Shelf
from tests.support.engine import TESTER, drain, receive, suspended, together


def not_asked(people: int = 1) -> Run:
    """Held runs that no worker has looked at yet; the first of them."""
    careful_rule()
    receive(*(suspended(f"00u{number}") for number in range(people)))
    scheduling.schedule_due(limit=people, actor=TESTER)
    return Run.objects.order_by("pk")[0]


def test_the_clock_wakes_a_worker_for_it(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    not_asked()
    told: list[bool] = []
    monkeypatch.setattr("provisioning.wakeups.tell", lambda: told.append(True))
    recovery.sweep(database_now())
    drain()
    recovery.sweep(database_now())
    assert told == [True]


def test_many_workers_ask_once(shelf: Shelf) -> None:
    not_asked(people=20)
    together(6, lambda _: jobs.drain_for(10))
    assert Approval.objects.open().count() == 20
    assert Run.objects.filter(state="held", lease_until=None).count() == 20


def lose_worker(times: int) -> None:
    """As if so many workers had ended while they looked."""
    for _ in range(times):
        with connection.cursor() as cursor:
            cursor.execute(asking._CLAIM, {"lease": "-1 second", "limit": 10})


def test_after_a_worker_was_lost_another_one_asks(shelf: Shelf) -> None:
    run = not_asked()
    lose_worker(1)
    drain()
    assert open_approval(run).content["steps"][0]["before"]["read"]


def test_a_look_that_kills_its_workers_is_left_out(shelf: Shelf) -> None:
    run = not_asked()
    lose_worker(3)
    drain()
    assert open_approval(run).content["steps"][0]["before"]["why"] == "It was not read."
    assert shelf.looks == {}


def test_a_run_that_cannot_be_asked_for_keeps_no_other_from_it(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: the runs that are taken together with it would never be asked for."""
    bad = not_asked(people=3)
    content_of = contents.content_of

    def fail_for_one(work: Work, looks: Mapping[str, Json]) -> Json:
        if work.run.pk == bad.pk:
            raise KeyError("a defect")
        return content_of(work, looks)

    monkeypatch.setattr(contents, "content_of", fail_for_one)
    drain()
    assert Approval.objects.open().count() == 2
    assert Run.objects.get(asked_at=None).pk == bad.pk


def test_a_run_given_up_while_it_is_looked_at_is_not_asked_for(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = not_asked()

    def cancelled_meanwhile(work: Work) -> dict[str, Json]:
        assert holding.cancel(work.run, reason="", actor=person("maya"))
        return {}

    monkeypatch.setattr(asking, "look_at", cancelled_meanwhile)
    drain()
    run.refresh_from_db()
    assert (run.state, Approval.objects.count()) == ("cancelled", 0)


def test_a_worker_that_was_too_slow_asks_nothing(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = not_asked()
    real = asking.look_at

    def slow(work: Work) -> dict[str, Json]:
        monkeypatch.setattr(asking, "look_at", real)
        Run.objects.update(lease_until=database_now() - timedelta(seconds=1))
        assert asking.ask_due(limit=1, actor=TESTER) == 1
        return {}

    monkeypatch.setattr(asking, "look_at", slow)
    drain()
    assert Approval.objects.count() == 1
    assert open_approval(run).content["steps"][0]["before"]["read"]
