"""A system at work at NOW, for the tests of the overview; they stop the clock there."""

from datetime import timedelta
from typing import Any

from django.test import Client

from portal.roles import Role
from provisioning.events.models import Delivery, Event, RefusalCount
from provisioning.processes import Process
from provisioning.rules.models import Rule
from tests.support.factories import (
    NOW,
    client_of,
    make_delivery,
    make_event,
    make_person,
    make_rule,
    make_user,
)
from tests.support.run_factories import make_group, make_run

LAST_HOUR = NOW - timedelta(minutes=20)


def viewer(role: Role = Role.ADMIN) -> Client:
    return client_of(make_user(role))


def look(client: Client, query: str = "") -> Any:
    response = client.get(f"/{query}")
    assert response.status_code == 200
    return response


def alive(*kinds: str) -> None:
    for number, kind in enumerate(kinds):
        Process.objects.create(
            name=f"{kind}@host:{number}", kind=kind, version="1", started_at=NOW, seen_at=NOW
        )


def happened(rule: Rule, states: tuple[str, ...], **values: Any) -> Any:
    """An event with one run of these steps, both LAST_HOUR unless a time is given."""
    at = values.pop("at", LAST_HOUR)
    failed = "failed" in states or "unknown" in states
    event = make_event(
        make_person(),
        received_at=at,
        published_at=at,
        settled_at=at + timedelta(seconds=4),
        state=Event.State.FAILED if failed else Event.State.DONE,
    )
    return make_run(rule, event, states=states, created_at=at, **values)


def busy() -> None:
    """Some of everything that the overview counts."""
    rule = make_rule()
    for number in range(6):
        happened(rule, ("succeeded", "succeeded"), at=LAST_HOUR - timedelta(hours=3 * number))
    failed = [happened(rule, ("failed", "waiting")) for _ in range(3)]
    unknown = happened(rule, ("succeeded", "unknown"))
    replayed = happened(rule, ("failed", "waiting"), superseded=True)
    happened(rule, ("succeeded", "succeeded"), at=NOW - timedelta(days=5))
    make_group(rule, runs=failed, message="The bucket team-folders does not exist.")
    make_group(rule, runs=[unknown], message="The answer of the function was lost.")
    make_group(rule, runs=[replayed], message="This one was replayed.")
    happened(rule, ("retrying", "waiting"), due_at=NOW + timedelta(seconds=38))
    make_event(state=Event.State.QUARANTINED, run_count=0, received_at=LAST_HOUR)
    make_event(state=Event.State.FAILED, run_count=0, received_at=NOW - timedelta(days=2))
    make_delivery(received_at=LAST_HOUR)
    for reason in ("bad_secret", "bad_secret", "not_json"):
        make_delivery(outcome=Delivery.Outcome.REFUSED, reason=reason, received_at=LAST_HOUR)
    hour = LAST_HOUR.replace(minute=0)
    RefusalCount.objects.create(hour=hour, reason="bad_secret", count=2)
    RefusalCount.objects.create(hour=hour, reason="not_json", count=1)
    alive("worker", "clock")
