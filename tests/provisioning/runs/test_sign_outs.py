"""What Okta says of a person's access is written down for whoever keeps sessions (S15)."""

from typing import Any

import pytest
from pytest_django import Settings

from provisioning.clocks import database_now
from provisioning.events.models import SignOut
from provisioning.runs import scheduling
from tests.support import hooks
from tests.support.actions import Shelf
from tests.support.engine import TESTER, drain, make_due, receive, rule, step, suspended

NEEDS_OKTA = {"field": "user.profile.department", "op": "equals", "value": "Marketing"}


def about(kind: str, *, group: str = "", result: str = "SUCCESS") -> dict[str, Any]:
    target = [{"id": "00u1", "type": "User", "alternateId": "a@acme.example", "displayName": "A"}]
    if group:
        target.append({"id": "00g1", "type": "UserGroup", "displayName": group})
    outcome = {"result": result, "reason": None}
    return hooks.event("user.lifecycle.suspend", eventType=kind, target=target, outcome=outcome)


@pytest.mark.parametrize(
    "kind", ["user.lifecycle.suspend", "user.lifecycle.deactivate", "user.session.clear"]
)
def test_these_end_the_sessions_of_their_person(shelf: Shelf, kind: str) -> None:
    before = database_now()
    receive(about(kind))
    drain()
    found = SignOut.objects.get()
    assert found.person_id == "00u1"
    assert before <= found.at <= database_now()


@pytest.mark.parametrize(
    "event",
    [
        about("user.lifecycle.unsuspend"),
        about("user.account.update_profile"),
        about("group.user_membership.add", group="sluice-admins"),
        about("group.user_membership.remove", group="lunch"),
        about("group.user_membership.remove"),
        about("user.lifecycle.suspend", result="FAILURE"),
    ],
)
def test_others_do_not(shelf: Shelf, settings: Settings, event: dict[str, Any]) -> None:
    settings.OIDC_GROUP_ROLES = "sluice-admins:admin"
    receive(event)
    drain()
    assert not SignOut.objects.exists()


@pytest.mark.parametrize("mapping", ["sluice-admins:admin", "x:operator,sluice-admins:admin", "?"])
def test_leaving_a_group_that_gives_a_role_does(
    shelf: Shelf, settings: Settings, mapping: str
) -> None:
    """Also where the mapping cannot be read."""
    settings.OIDC_GROUP_ROLES = mapping
    receive(about("group.user_membership.remove", group="sluice-admins"))
    drain()
    assert SignOut.objects.get().person_id == "00u1"


def test_it_does_not_wait_for_a_rule_that_cannot_ask_okta(shelf: Shelf, settings: Settings) -> None:
    settings.OKTA_ORG_URL = ""
    rule("one", step("test.put", "a"), when=NEEDS_OKTA)
    [event] = receive(suspended())
    scheduling.schedule_due(limit=10, actor=TESTER)
    event.refresh_from_db()
    assert event.state == "received"
    assert SignOut.objects.count() == 1
    make_due()
    scheduling.schedule_due(limit=10, actor=TESTER)
    assert SignOut.objects.count() == 1
