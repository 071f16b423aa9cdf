"""A target that is out, and the clock that tends it, in tests of outages."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from provisioning import jobs, recovery
from provisioning.actions.base import Transient
from provisioning.clocks import database_now
from provisioning.runs import incidents
from provisioning.runs.troubles import Incident
from tests.support.actions import Shelf
from tests.support.engine import drain, receive, suspended
from tests.support.world import eventually

WHO = "{{ event.target.User.id }}"
#: While it holds a message, the shelf of `out` refuses every call with it.
down: list[str] = []


@pytest.fixture
def out(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """A shelf that refuses every call while `down` holds a message."""
    act = Shelf.act

    def refused(self: Shelf, params: object) -> None:
        if down:
            raise Transient(down[0], "Not now.")
        act(self, params)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(Shelf, "act", refused)
    yield shelf
    down.clear()


@pytest.fixture
def people_are_told(settings: Settings) -> None:
    settings.NOTIFY_SLACK_CHANNEL = "#it-alerts"
    settings.NOTIFY_EMAILS = ["ops@acme.example"]


def go_on(until: Callable[[], bool], what: str) -> None:
    """A worker and a clock, side by side, until it is so."""

    def one_round() -> bool:
        recovery.tend_incidents(database_now())
        jobs.drain_for(0.5)
        return until()

    eventually(one_round, what, timeout=90)


def events(count: int, *, first: int = 0) -> None:
    receive(*(suspended(f"00u{n}", minute=n) for n in range(first, first + count)))


def tick(seconds: float = 0) -> datetime:
    now = database_now() + timedelta(seconds=seconds)
    recovery.tend_incidents(now)
    incidents.forget()
    return now


def recover() -> None:
    """Let the clock and the workers go on until nothing is out."""
    Incident.objects.filter(state="open").update(probe_due_at=database_now())
    for _ in range(40):
        tick()
        drain()
        if not Incident.objects.active().exists():
            return
    raise AssertionError(Incident.objects.values())
