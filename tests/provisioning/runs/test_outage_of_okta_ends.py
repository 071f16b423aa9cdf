"""Okta answers again, or no rule asks it any more: what waits goes on, once and in order."""

from datetime import timedelta

import pytest

from audit.models import Entry
from provisioning import recovery
from provisioning.clocks import database_now
from provisioning.events.models import Event
from provisioning.rules.models import Rule
from provisioning.runs import incidents, scheduling
from provisioning.runs.models import Run
from provisioning.runs.troubles import Incident
from tests.provisioning.runs.okta_outages import (
    asked,
    away,
    back,
    parked,
    people,
    reading_rule,
    suspend,
)
from tests.provisioning.runs.outages import recover, tick
from tests.support.actions import Shelf
from tests.support.engine import assert_settled, drain, lose_leases
from tests.support.world import World

WAITING = 12


@pytest.fixture
def ids(world: World, shelf: Shelf) -> list[str]:
    """People whose events wait for Okta, which is out."""
    reading_rule()
    found = people(world, WAITING)
    away(world)
    suspend(found)
    drain()
    assert parked() == WAITING
    return found


def probe_now() -> None:
    Incident.objects.filter(state="open").update(probe_due_at=database_now())
    tick()


def test_what_waits_is_let_go_oldest_first_and_faster_and_faster(
    world: World, shelf: Shelf, ids: list[str]
) -> None:
    back(world)
    probe_now()
    drain()
    left = []
    while Incident.objects.active().exists():
        left.append(parked())
        tick()
        drain()
    assert left[:4] == [11, 9, 5, 0]
    assert [key for key, _ in shelf.order] == ids
    incident = Incident.objects.get()
    assert incident.released == WAITING
    verbs = Entry.objects.filter(object_kind="incident").order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == [
        "incident.opened", "incident.draining", "incident.closed",
    ]  # fmt: skip
    assert verbs[0].data["events"] == incidents.RUNS


def test_new_events_queue_behind_those_that_wait(
    world: World, shelf: Shelf, ids: list[str]
) -> None:
    late = str(world.client.find_user("maya.lindqvist@acme.example")["id"])
    back(world)
    probe_now()
    drain()
    suspend([late], first=40)
    drain()
    assert parked() == WAITING
    recover()
    assert [key for key, _ in shelf.order] == [*ids, late]
    assert_settled()


def test_if_okta_goes_away_again_while_it_catches_up_they_wait_again(
    world: World, shelf: Shelf, ids: list[str]
) -> None:
    back(world)
    probe_now()
    drain()
    world.client.clear_faults()
    away(world)
    for _ in range(3):
        tick()
        drain()
    assert Incident.objects.get().state == "open"
    assert parked() == WAITING - 1
    back(world)
    recover()
    assert_settled()
    assert set(shelf.acts.values()) == {1}


def test_one_person_whom_okta_cannot_give_does_not_keep_the_others_waiting(
    world: World, shelf: Shelf, ids: list[str]
) -> None:
    """The first probe is the oldest event, the next one another."""
    world.client.clear_faults()
    away(world, match={"user": ids[0]})
    probe_now()
    drain()
    assert (Incident.objects.get().state, parked()) == ("open", WAITING)
    probe_now()
    drain()
    assert Incident.objects.get().state == "draining"
    for _ in range(8):
        tick()
        drain()
    assert Incident.objects.get().state == "closed"
    assert Event.objects.filter(state="done").count() == WAITING - 1
    left = Event.objects.get(state="received")
    assert (left.person_id, left.parked, left.error_code) == (ids[0], False, "okta_http_503")


def test_a_worker_killed_while_it_probes_leaves_nothing_stuck(
    world: World, shelf: Shelf, ids: list[str]
) -> None:
    probe_now()
    [probe] = scheduling.claim(10)  # and then it is gone
    assert probe.person_id == ids[0]
    back(world)
    probe_now()
    drain()
    assert Incident.objects.get().state == "draining"
    recover_all_but_the_lost_one()
    lose_leases()
    drain()
    recover()
    assert_settled()
    assert set(shelf.acts.values()) == {1}
    assert len(shelf.acts) == WAITING


def recover_all_but_the_lost_one() -> None:
    for _ in range(8):
        tick()
        drain()
    assert Event.objects.filter(state="received").count() == 1


def test_an_outage_of_days_lets_no_event_fail(world: World, shelf: Shelf, ids: list[str]) -> None:
    """The day of trying begins anew when it is let go: the time parked does not count."""
    Event.objects.update(received_at=database_now() - timedelta(days=3))
    for _ in range(3):
        probe_now()
        drain()
    assert parked() == WAITING
    back(world)
    recover()
    assert_settled()
    assert Event.objects.filter(state="done").count() == WAITING


def test_an_event_parked_as_the_incident_closes_is_let_go(
    world: World, shelf: Shelf, ids: list[str]
) -> None:
    back(world)
    Incident.objects.update(state="closed", closed_at=database_now())
    tick()
    drain()
    assert_settled()
    assert Run.objects.count() == WAITING


def test_when_no_rule_needs_them_read_any_more_they_go_on_without_okta(
    world: World, shelf: Shelf, ids: list[str]
) -> None:
    before = asked(world)
    recovery.let_go_needless(database_now())
    assert parked() == WAITING
    Rule.objects.update(enabled=False)
    recovery.let_go_needless(database_now())
    drain()
    assert asked(world) == before
    assert_settled()
    assert set(Event.objects.values_list("state", flat=True)) == {"no_match"}
