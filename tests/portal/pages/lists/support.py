"""The lists of events, deliveries and the audit log, with a few rows in each."""

from datetime import timedelta

from audit import trail
from portal.models import User
from portal.roles import Role
from provisioning.events.models import Delivery, Event
from tests.support.factories import (
    COMMAND,
    HOSTILE,
    NOW,
    make_delivery,
    make_event,
    make_person,
    make_user,
)

LISTS = ("/events/", "/deliveries/", "/audit/")


def reader() -> User:
    """Somebody who may see all three."""
    return make_user(Role.ADMIN)


def fill(count: int) -> None:
    """So many rows in each list, of several kinds."""
    states = list(Event.State)
    for number in range(count):
        at = NOW - timedelta(minutes=number)
        person = make_person(name=HOSTILE if number % 5 == 0 else "Jane Doe")
        refused = number % 4 == 0
        delivery = make_delivery(
            received_at=at,
            outcome=Delivery.Outcome.REFUSED if refused else Delivery.Outcome.ACCEPTED,
            reason="bad_secret" if refused else "",
            secret_label="main",
        )
        make_event(
            person,
            received_at=at,
            delivery=delivery,
            state=states[number % len(states)],
            run_count=number % 2,
        )
        trail.record(
            "delivery.refused" if refused else "delivery.accepted",
            actor=COMMAND,
            obj=trail.Object("delivery", delivery.code),
            outcome="refused" if refused else "ok",
        )
