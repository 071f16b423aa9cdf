"""A drain does what it can: a defect in one kind of work leaves no other undone."""

from collections.abc import Iterator

import pytest
from django.db import DataError, OperationalError, ProgrammingError

from provisioning import jobs
from provisioning.plans import gathering
from tests.conftest import LiveDatabase
from tests.support.actions import Shelf, installed
from tests.support.engine import drain, receive, rule, run_of, step, suspended


@pytest.fixture
def shelf(live_db: LiveDatabase) -> Iterator[Shelf]:
    with installed() as found:
        yield found


def _fails(monkeypatch: pytest.MonkeyPatch, problem: Exception) -> None:
    def gather(**_: object) -> int:
        raise problem

    monkeypatch.setattr(gathering, "gather", gather)


@pytest.mark.parametrize("problem", [LookupError("a defect"), DataError("a defect")])
def test_runs_go_on_although_other_work_fails_each_time(
    shelf: Shelf,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    problem: Exception,
) -> None:
    """Mutation: what stands before the runs would end every drain before it comes to them."""
    rule("one", step("test.put", "a"))
    [event] = receive(suspended())
    _fails(monkeypatch, problem)
    drain()
    assert run_of(event).state == "succeeded"
    assert "a defect" in caplog.text


@pytest.mark.parametrize("problem", [OperationalError("gone"), ProgrammingError("denied")])
def test_a_database_that_is_away_is_not_asked_by_every_kind_of_work(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    _fails(monkeypatch, problem)
    with pytest.raises(type(problem)):
        jobs.drain_for(1)
