"""A run reads the table that was in force when it was made; its replay the one of then."""

import pytest

from provisioning.approvals.models import Policy
from provisioning.rules import lookups
from provisioning.runs import scheduling
from provisioning.runs.models import FailureGroup, Run
from provisioning.runs.replays import replay
from tests.support.actions import Shelf
from tests.support.engine import TESTER, drain, receive, rule, run_of, step, suspended

READS = '{{ event.target.User.id | lookup: "teams" }}'


@pytest.fixture(autouse=True)
def one_person(shelf: Shelf) -> None:
    Policy.objects.create(four_eyes=False)


def publish(entries: dict[str, str]) -> None:
    before = lookups.current("teams")
    seen = before.digest if before else ""
    lookups.propose("teams", entries, seen=seen, reason="", actor=TESTER)


def test_a_run_goes_on_with_the_version_it_was_made_with(shelf: Shelf) -> None:
    publish({"00u1": "red"})
    rule("team", step("test.put", "a", "first", id="first"), step("test.put", "b", READS))
    [event] = receive(suspended())
    assert scheduling.schedule_due(limit=10, actor=TESTER) == 1
    publish({"00u1": "blue"})
    drain()
    assert shelf.items["b"] == "red"
    assert Run.objects.get(event=event).lookups == {"teams": 1}


def test_a_key_that_is_missing_fails_the_run_for_good_and_names_the_table(shelf: Shelf) -> None:
    publish({"somebody": "red"})
    rule("team", step("test.put", "b", READS))
    [event] = receive(suspended())
    drain()
    run = run_of(event)
    assert run.state == "failed"
    assert "The table `teams` has no entry for “00u1”" in run.error
    assert FailureGroup.objects.count() == 1
    publish({"somebody": "red", "00u1": "blue"})
    fresh = replay(run, actor=TESTER)
    drain()
    fresh.refresh_from_db()
    assert (fresh.state, fresh.lookups, shelf.items["b"]) == ("succeeded", {"teams": 2}, "blue")
    run.refresh_from_db()
    assert run.lookups == {"teams": 1}
