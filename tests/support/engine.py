"""Short ways to put the engine to work in a test: store events, apply rules, drain."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, connections
from django.test import override_settings

from audit import trail
from audit.models import Entry
from provisioning import jobs
from provisioning.actions.registry import ACTIONS
from provisioning.events.models import Event
from provisioning.rules import versions
from provisioning.rules.definitions import load_rule
from provisioning.rules.models import Rule
from provisioning.runs.models import Run
from provisioning.status import balance
from provisioning.webhooks import Endpoint
from tests.support import hooks
from tests.support.tallies import assert_tallied

TESTER = trail.Actor("command", "tests", "tests", "tests")
MORNING = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def suspended(person: str = "00u1", *, minute: int = 0, **changes: Any) -> dict[str, Any]:
    """An event about this person, `minute` minutes into the morning; needs nothing of Okta."""
    target = {
        "id": person,
        "type": "User",
        "alternateId": f"{person}@acme.example",
        "displayName": f"Person {person}",
        "detailEntry": None,
    }
    moment = (MORNING + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")
    return hooks.event("user.lifecycle.suspend", target=[target], published=moment) | changes


_endpoint = Endpoint()


def receive(*events: dict[str, Any]) -> list[Event]:
    """Store these through the hook endpoint, in one call."""
    with override_settings(OKTA_HOOK_SECRETS=f"main:{hooks.SECRET}"):
        answer = hooks.Hook(_endpoint).post(*events)
    assert answer.status == 204, answer
    uuids = [event["uuid"] for event in events]
    stored = {event.uuid: event for event in Event.objects.filter(uuid__in=uuids)}
    return [stored[one] for one in uuids]


def rule(name: str, *steps: dict[str, Any], **fields: Any) -> Rule:
    """A rule that listens to suspensions unless told otherwise."""
    definition = {
        "name": name,
        "kind": "event",
        "on": ["user.lifecycle.suspend"],
        "do": list(steps),
        **fields,
    }
    versions.apply([load_rule(json.dumps(definition), "r.yaml", actions=ACTIONS)], actor=TESTER)
    return Rule.objects.get(name=name)


def step(action: str, key: str, value: str = "on", **fields: Any) -> dict[str, Any]:
    return {"action": action, "with": {"key": key, "value": value}, **fields}


def drain(seconds: float = 20) -> None:
    """What a worker does when it is woken, until nothing is due."""
    assert not jobs.drain_for(seconds), "something was still due"


def make_due() -> None:
    """As if every wait were over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE provisioning_run SET due_at = clock_timestamp() WHERE state = 'retrying'"
        )
        cursor.execute(
            "UPDATE provisioning_event SET due_at = clock_timestamp() WHERE state = 'received'"
        )


def lose_leases() -> None:
    """As if the workers that hold leases had been silent for too long."""
    with connection.cursor() as cursor:
        for table in ("provisioning_run", "provisioning_event", "provisioning_plan"):
            cursor.execute(
                f"UPDATE {table} SET lease_until = clock_timestamp() - interval '1 second' "  # noqa: S608
                "WHERE lease_until IS NOT NULL"
            )


def run_of(event: Event) -> Run:
    """The run that stands for this event now."""
    return Run.objects.get(event=event, superseded=False)


def verbs(run: Run | None = None) -> list[str]:
    """The verbs of a run and its steps, oldest first."""
    entries = Entry.objects.filter(object_kind__in=("run", "step")).order_by("id")
    if run is not None:
        entries = entries.filter(object_id__startswith=run.code)
    return list(entries.values_list("verb", flat=True))


def unlogged() -> list[str]:
    """Steps that acted without an entry before it and one after it."""
    found = []
    for run in Run.objects.prefetch_related("steps__tries"):
        for one in run.steps.all():
            said = list(
                Entry.objects.filter(object_kind="step", object_id=f"{run.code}.{one.key}")
                .order_by("id").values_list("verb", flat=True)
            )  # fmt: skip
            acted = any(attempt.result == "acted" for attempt in one.tries.all())
            if acted and not ("step.intended" in said and "step.done" in said):
                found.append(f"{run.code}.{one.key}: {said}")
    return found


def assert_settled() -> None:
    """Nothing is lost, stuck or unlogged, and the balance holds."""
    counted = balance()
    assert counted.holds
    assert counted.in_flight == 0, list(Event.objects.open().values("code", "state", "error"))
    assert not Run.objects.filter(state__in=Run.OPEN_STATES).exists()
    assert unlogged() == []
    assert_tallied()


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Call `work(number)` in so many threads at once; what each returned or raised."""
    answers: list[Any] = [None] * count
    ready = threading.Barrier(count)

    def one(number: int) -> None:
        ready.wait()
        try:
            answers[number] = work(number)
        except Exception as error:  # noqa: BLE001 - it is the answer
            answers[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
