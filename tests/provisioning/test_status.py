"""`status`: every event is in exactly one place, and what waits is named."""

import json

import pytest
from django.core.management import call_command
from django.db import connection

from provisioning.events.models import Event
from provisioning.status import balance, oldest_due, report
from tests.support.actions import installed
from tests.support.engine import drain, receive, rule, step, suspended
from tests.support.factories import make_event, make_person

KEYS = ("accepted", "done", "no_match", "quarantined", "failed", "held", "in_flight")


@pytest.mark.django_db
def test_each_state_is_counted_in_one_place() -> None:
    for state in Event.State.values:
        make_event(make_person(), state=state)
    counted = balance()
    assert counted.accepted == len(Event.State.values)
    assert counted.in_flight == 2  # received, and running
    assert (counted.done, counted.failed, counted.held, counted.holds) == (1, 1, 1, True)


@pytest.mark.django_db
def test_an_event_in_no_known_state_is_noticed() -> None:
    event = make_event(make_person())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE provisioning_event SET state = 'odd' WHERE id = %s", [event.pk])
    assert not balance().holds
    with pytest.raises(SystemExit):
        call_command("status")


@pytest.mark.usefixtures("live_db")
def test_the_report_is_json_with_every_number(capsys: pytest.CaptureFixture[str]) -> None:
    with installed():
        rule("one", step("test.put", "a"))
        receive(suspended("00u1"))
        drain()
        receive(suspended("00u2"))
        call_command("status", "--json")
    found = json.loads(capsys.readouterr().out)
    assert [found[key] for key in KEYS] == [2, 1, 0, 0, 0, 0, 1]
    assert found["balance_holds"] is True
    assert found["oldest_due_seconds"] >= 0
    assert found["workers_seen"] == 0
    assert {"queue_depth", "oldest_due_at", "processes"} <= set(found)


@pytest.mark.usefixtures("live_db")
def test_once_everything_is_done_nothing_is_due() -> None:
    receive(suspended())
    drain()
    assert report()["oldest_due_at"] is None
    assert oldest_due(Event.objects.get().received_at) is None


@pytest.mark.usefixtures("live_db")
def test_the_text_says_it_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    receive(suspended())
    call_command("status")
    said = capsys.readouterr().out
    assert said.startswith("1 accepted = 0 done + 0 no match + 0 quarantined + 0 failed + 0 held")
    assert "workers seen in the last 30 s" in said
