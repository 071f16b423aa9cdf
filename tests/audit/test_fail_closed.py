"""If an entry cannot be written, the change it tells of is not made (A05)."""

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.db import Error
from django.test import Client

from audit.models import Entry
from portal.models import User
from provisioning.events.models import Delivery, Event
from provisioning.rules.models import Rule
from provisioning.runs import scheduling
from provisioning.runs.models import Run
from tests.support.hooks import SECRET, event
from tests.support.world import TESTER, World, apply_example
from tests.support.worlds import session_sandbox, world

__all__ = ["session_sandbox", "world"]


class Trail:
    """Takes the right to write entries away, and gives it back."""

    def __init__(self, owner: psycopg.Connection) -> None:
        self._owner = owner
        owner.autocommit = True

    def close(self) -> None:
        self._owner.execute("REVOKE INSERT ON audit.entry FROM sluice_app")


@pytest.fixture
def trail(world: World, owner_connection: psycopg.Connection) -> Trail:
    return Trail(owner_connection)


def test_a_hook_call_is_not_accepted(world: World, trail: Trail) -> None:
    world.listen("user.lifecycle.suspend")
    trail.close()
    world.client.suspend(world.client.find_user("maya.lindqvist@acme.example")["id"])
    world.client.settle()
    (delivery,) = world.client.list_deliveries()
    assert delivery["status"] == "failed"
    assert {attempt["status"] for attempt in delivery["attempts"]} == {503}
    assert (Event.objects.count(), Delivery.objects.filter(outcome="accepted").count()) == (0, 0)


def test_a_rule_is_not_made(world: World, trail: Trail) -> None:
    trail.close()
    with pytest.raises(Error):
        apply_example("offboarding-alert")
    assert Rule.objects.count() == 0


def test_nobody_signs_in_and_no_session_is_made(world: World, trail: Trail) -> None:
    user = User.objects.create_user("maya", password="a long enough password")
    user.groups.add(Group.objects.create(name="admin"))
    trail.close()
    client = Client(raise_request_exception=False)
    answer = client.post("/sign-in/", {"username": "maya", "password": "a long enough password"})
    assert answer.status_code == 500
    assert client.get("/").status_code == 302


def test_no_run_is_made_of_an_event(world: World, trail: Trail) -> None:
    apply_example("offboarding-alert")
    _store_one(world)
    trail.close()
    world.drain()
    assert Run.objects.count() == 0
    assert Event.objects.get().state == "received"


def test_no_step_acts_outside(world: World, trail: Trail) -> None:
    apply_example("offboarding-alert")
    _store_one(world)
    scheduling.schedule_due(limit=10, actor=TESTER)
    trail.close()
    with pytest.raises(Error):
        world.drain()
    assert world.client.list_slack_messages() == []
    assert Run.objects.get().state in {"pending", "running"}
    assert not Entry.objects.filter(verb="step.intended").exists()


def _store_one(world: World) -> None:
    hook = world.client.register_hook(world.hook_url, SECRET, ["user.lifecycle.suspend"])
    world.client.verify_hook(str(hook["id"]))
    world.client.send_events(str(hook["id"]), [event()])
    world.arrived(1)
