"""Okta answers 503 to every question about a person; rules that ask for none are not concerned."""

import pytest

from audit.models import Entry
from provisioning import recovery
from provisioning.clocks import database_now
from provisioning.events.models import Event, EventProfile
from provisioning.notices.models import Notice
from provisioning.runs.models import Run
from provisioning.runs.troubles import Incident
from provisioning.status import balance, oldest_due
from tests.provisioning.runs.okta_outages import (
    asked,
    away,
    back,
    parked,
    people,
    reading_rule,
    suspend,
)
from tests.provisioning.runs.outages import WHO, go_on
from tests.support.actions import Shelf
from tests.support.engine import assert_settled, drain, make_due, receive, rule, step, suspended
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("people_are_told")
PEOPLE, OTHERS = 40, 10


def all_waits() -> bool:
    return Run.objects.filter(state="succeeded").count() == OTHERS and parked() == PEOPLE


def told() -> list[str]:
    return list(
        Notice.objects.filter(state="sent").order_by("id").values_list("subject", flat=True)
    )


def test_an_outage_of_okta_is_one_incident_and_everything_is_done_once_and_in_order(
    world: World, shelf: Shelf
) -> None:
    """Forty events wait without a call while ten others go on; people are told twice."""
    reading_rule()
    rule("plain", step("test.put", f"plain-{WHO}"), on=["user.lifecycle.unsuspend"])
    ids = people(world, PEOPLE)
    away(world)
    suspend(ids)
    receive(
        *(
            suspended(f"00v{n}", minute=n, eventType="user.lifecycle.unsuspend")
            for n in range(OTHERS)
        )
    )
    go_on(all_waits, "those that need a profile parked, the others done")
    incident = Incident.objects.get()
    assert (incident.target, incident.state, incident.cause) == ("okta", "open", "okta_http_503")
    assert asked(world) < PEOPLE / 2
    counted = balance()
    assert (counted.holds, counted.in_flight, counted.done) == (True, PEOPLE, OTHERS)
    assert oldest_due(database_now()) is None

    back(world)
    Incident.objects.update(probe_due_at=database_now())
    go_on(lambda: len(told()) == 2, "the recovery, told")
    assert_settled()
    assert asked(world) == PEOPLE
    assert EventProfile.objects.count() == PEOPLE
    assert [key for key, _ in shelf.order if not key.startswith("plain")] == ids
    assert set(shelf.acts.values()) == {1}
    assert Incident.objects.get().state == "closed"
    assert told() == ["okta is out: okta_http_503", "okta has recovered"]
    assert len(world.client.list_slack_messages("#it-alerts")) == 2


def test_while_okta_is_out_nobody_asks_it_but_the_probe(world: World, shelf: Shelf) -> None:
    reading_rule()
    ids = people(world, 20)
    away(world)
    suspend(ids[:10])
    drain()
    before = asked(world)
    assert parked() == 10
    for n, one in enumerate(ids[10:], 10):
        suspend([one], first=n)
        recovery.tend_incidents(database_now())
        make_due()
        drain()
    assert (asked(world), parked()) == (before, 20)
    assert Entry.objects.filter(verb="event.parked").count() == 20 - before  # each of them once
    assert Event.objects.filter(attempts=0).count() == 20 - before
    Incident.objects.update(probe_due_at=database_now())
    recovery.tend_incidents(database_now())
    drain()
    assert (asked(world), parked()) == (before + 1, 20)
    tested = Event.objects.get(retry_from_at__isnull=False)
    assert tested.person_id == ids[0]


def test_events_of_one_person_stay_in_order_and_see_the_person_as_they_are_then(
    world: World, shelf: Shelf
) -> None:
    """One is deactivated meanwhile: what is done for them follows what Okta says afterwards."""
    reading_rule()
    ids = people(world, 8)
    away(world)
    suspend(ids)
    drain()
    receive(*(suspended(ids[3], minute=minute) for minute in (50, 40, 45)))
    drain()
    assert Event.objects.filter(state="received").count() == 11
    assert oldest_due(database_now()) is None
    world.client.deactivate(ids[3])
    back(world)
    Incident.objects.update(probe_due_at=database_now())
    go_on(lambda: not Incident.objects.active().exists(), "the recovery")
    assert_settled()
    mine = Run.objects.filter(person_id=ids[3]).order_by("finished_at")
    minutes = [run.published_at.minute for run in mine]
    assert minutes == [3, 40, 45, 50]
    values = dict(shelf.order)
    assert values.pop(ids[3]) == "DEPROVISIONED"
    assert set(values.values()) == {"ACTIVE"}
    assert set(Event.objects.values_list("state", flat=True)) == {"done"}
