"""Many runs cost as many queries as few: what is asked for each call would be asked too often."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from provisioning.runs import brakes, execution, incidents, scheduling
from provisioning.runs.models import Run
from tests.support.actions import Shelf
from tests.support.engine import TESTER, receive, rule, step, suspended

WHO = "{{ event.target.User.id }}"


def test_forty_runs_are_executed_in_as_many_queries_as_four(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "SHARE_SECONDS", 60)
    monkeypatch.setattr(brakes, "NOTICED_SECONDS", 60)
    monkeypatch.setattr(incidents, "BELIEVED_SECONDS", 60)
    rule("one", step("test.put", WHO))
    rule("two", step("test.put", f"two-{WHO}"))
    _execute(1)  # what is learnt once a process
    assert _execute(4) == _execute(40)
    assert Run.objects.filter(state=Run.State.SUCCEEDED).count() == 90


def _execute(events: int) -> int:
    """The queries of one claim of the runs of so many events, two of each."""
    before = Run.objects.count()
    receive(*(suspended(f"00u{before + number}") for number in range(events)))
    assert scheduling.schedule_due(limit=100, actor=TESTER) == events
    with CaptureQueriesContext(connection) as asked:
        done = 0
        while done < 2 * events:  # one of a person at a time
            done += execution.execute_due(limit=events, worker="w", actor=TESTER)
    return len(asked)
