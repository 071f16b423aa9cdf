"""People in the sandbox's Okta, a rule that reads them, and Okta away, in tests of outages."""

from typing import Any

from provisioning.events.models import Event
from tests.provisioning.runs.outages import WHO
from tests.support.engine import receive, rule, step, suspended
from tests.support.world import World

READS = {"field": "user.profile.login", "op": "exists"}


def people(world: World, count: int) -> list[str]:
    """So many new people; their ids in Okta."""
    return [
        str(
            world.client.create_user(
                {
                    "login": f"p{number}@acme.example", "email": f"p{number}@acme.example",
                    "firstName": "P", "lastName": str(number),
                }
            )["id"]
        )
        for number in range(count)
    ]  # fmt: skip


def reading_rule(name: str = "reads", **fields: Any) -> None:
    """A rule on suspensions for which the person has to be read."""
    rule(name, step("test.put", WHO, "{{ user.status }}"), when=READS, **fields)


def away(world: World, **fields: Any) -> None:
    """Okta answers no question about a person from now on."""
    world.client.add_fault("okta", "get_user", **{"times": 0, "status": 503, **fields})


def back(world: World) -> None:
    """It answers again; the questions are counted by a fault that does no harm."""
    world.client.clear_faults()
    away(world, status=0, delay=0.001)


def asked(world: World) -> int:
    """Questions since `away` or `back`."""
    return sum(int(fault["used"]) for fault in world.sandbox.faults.listing())


def suspend(ids: list[str], *, first: int = 0) -> list[Event]:
    """An event for each, a minute after the one before."""
    return receive(*(suspended(one, minute=n) for n, one in enumerate(ids, first)))


def parked() -> int:
    return Event.objects.parked().count()
