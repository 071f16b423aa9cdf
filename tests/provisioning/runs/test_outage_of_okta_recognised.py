"""What of Okta's silence is an outage, and what is not."""

import time
from datetime import timedelta

import pytest
from pytest_django import Settings

from provisioning.clocks import database_now
from provisioning.events.models import Event
from provisioning.notices.models import Notice
from provisioning.runs import incidents, scheduling
from provisioning.runs.troubles import Incident, TargetError
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
from tests.support.engine import TESTER, assert_settled, drain, make_due, together
from tests.support.world import World


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ({"status": 500}, "okta_http_500"),
        ({"status": 0, "drop": "before"}, "okta_unreachable"),
    ],
)
def test_no_answer_and_answers_of_5xx_are_an_outage(
    world: World, shelf: Shelf, fault: dict[str, object], cause: str
) -> None:
    reading_rule()
    ids = people(world, 8)
    away(world, **fault)
    suspend(ids)
    drain()
    incident = Incident.objects.get()
    assert (incident.target, incident.cause) == ("okta", cause)
    assert parked() == 8
    back(world)
    recover()
    assert_settled()


def test_nobody_listening_at_oktas_address_is_an_outage(
    world: World, shelf: Shelf, settings: Settings
) -> None:
    reading_rule()
    ids = people(world, 6)
    right, settings.OKTA_ORG_URL = settings.OKTA_ORG_URL, "http://127.0.0.1:9"
    suspend(ids)
    drain()
    assert Incident.objects.get().cause == "okta_unreachable"
    settings.OKTA_ORG_URL = right
    recover()
    assert_settled()


def test_oktas_rate_limit_is_none(world: World, shelf: Shelf) -> None:
    """Each event waits until the limit ends by itself, as Okta says, and nobody is told."""
    reading_rule()
    ids = people(world, 8)
    reset = {"X-Rate-Limit-Reset": str(int(time.time()) + 30)}
    away(world, status=429, code="E0000047", headers=reset)
    suspend(ids)
    drain()
    make_due()
    drain()
    assert not Incident.objects.exists()
    assert not TargetError.objects.exists()
    assert not Notice.objects.exists()
    assert set(Event.objects.values_list("error_code", "parked")) == {("okta_rate_limited", False)}
    soonest = Event.objects.order_by("due_at")[0].due_at
    assert (soonest - database_now()).total_seconds() > 20
    world.client.clear_faults()
    make_due()
    drain()
    assert_settled()


def test_a_limit_met_by_a_probe_leaves_the_outage_as_it_is(world: World, shelf: Shelf) -> None:
    reading_rule()
    ids = people(world, 6)
    away(world)
    suspend(ids)
    drain()
    world.client.clear_faults()
    away(world, status=429, code="E0000047", times=1)
    Incident.objects.update(probe_due_at=database_now())
    tick()
    drain()
    assert Incident.objects.get().state == "open"
    assert Event.objects.get(error_code="okta_rate_limited").parked is False
    make_due()  # its own pause is over: it may ask, and tests Okta once more
    drain()
    assert Incident.objects.get().state == "draining"
    recover()
    assert_settled()


def test_no_org_configured_is_a_setting_to_be_made_and_no_outage(
    world: World, shelf: Shelf, settings: Settings
) -> None:
    settings.OKTA_ORG_URL = ""
    reading_rule()
    suspend([f"00u{n}" for n in range(8)])
    drain()
    make_due()
    drain()
    assert not Incident.objects.exists()
    assert not Notice.objects.exists()
    for event in Event.objects.all():
        assert (event.error_code, event.parked) == ("okta_not_configured", False)
        assert "Set OKTA_ORG_URL" in event.error


def test_a_refused_token_is_for_a_person_and_no_outage(world: World, shelf: Shelf) -> None:
    reading_rule()
    ids = people(world, 8)
    away(world, status=401, code="E0000011")
    suspend(ids)
    drain()
    assert not Incident.objects.exists()
    assert set(Event.objects.values_list("error_code", flat=True)) == {"okta_token_refused"}


def test_an_answer_between_means_that_okta_is_not_out(world: World, shelf: Shelf) -> None:
    reading_rule()
    ids = people(world, 9)
    for n, one in enumerate(ids):
        world.client.clear_faults()
        if n % 3:
            away(world)
        suspend([one], first=n)
        drain()
        # None of them is tried again meanwhile, however slow the machine is.
        later = database_now() + timedelta(hours=1)
        Event.objects.filter(state="received").update(due_at=later)
    assert not Incident.objects.exists()
    assert TargetError.objects.count() == 2
    assert {error.run_id for error in TargetError.objects.all()} == {None}


def test_one_answer_among_those_asked_at_once_means_that_okta_is_not_out(
    world: World, shelf: Shelf
) -> None:
    reading_rule()
    ids = people(world, 8)
    for one in ids[1:]:
        away(world, match={"user": one})
    suspend(ids)
    assert scheduling.schedule_due(limit=8, actor=TESTER) == 8
    assert Event.objects.exclude(error="").count() == 7
    assert not Incident.objects.exists()


def test_one_event_that_fails_again_and_again_is_not_an_outage(world: World, shelf: Shelf) -> None:
    reading_rule()
    [one] = people(world, 1)
    away(world)
    suspend([one])
    for _ in range(incidents.RUNS + 3):
        drain()
        make_due()
    assert asked(world) >= incidents.RUNS + 3
    assert not Incident.objects.exists()


def test_workers_at_once_open_one_incident(world: World, shelf: Shelf) -> None:
    reading_rule()
    ids = people(world, 40)
    away(world)
    suspend(ids)
    together(4, lambda _: drain())
    make_due()  # what a worker wrote down in the moment in which another one opened it
    drain()
    assert Incident.objects.count() == 1
    assert Notice.objects.filter(kind="incident").count() == 1
    assert parked() == 40
    back(world)
    recover()
    assert_settled()
