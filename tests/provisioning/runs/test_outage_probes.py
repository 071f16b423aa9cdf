"""While a target is out, one waiting run tests it from time to time, or when a person says so."""

from audit.models import Entry
from provisioning.actions.base import Transient
from provisioning.clocks import database_now
from provisioning.runs import catching_up
from provisioning.runs.models import Attempt, Run
from provisioning.runs.troubles import Incident
from tests.provisioning.runs.outages import WHO, down, events, tick
from tests.support.actions import Shelf
from tests.support.engine import (
    TESTER,
    drain,
    receive,
    rule,
    step,
    suspended,
)


def test_a_probe_tests_alone_with_longer_and_longer_pauses(out: Shelf) -> None:
    rule("put-it", step("test.put", WHO))
    down.append("503")
    events(12)
    drain()
    tried = Attempt.objects.count()
    waits = []
    for _ in range(4):
        due = Incident.objects.get().probe_due_at
        tick((due - database_now()).total_seconds() - 1)
        assert Run.objects.filter(parked=False).count() == 0
        Incident.objects.update(probe_due_at=database_now())
        now = tick()
        drain()
        waits.append((Incident.objects.get().probe_due_at - now).total_seconds())
    assert Attempt.objects.count() == tried + 4
    assert waits == [20, 40, 80, 160]
    tested = Run.objects.filter(retry_from_at__isnull=False).order_by("published_at")
    assert list(tested) == list(Run.objects.order_by("published_at")[:4])
    assert Run.objects.filter(parked=True).count() == 12


def test_one_rule_that_cannot_use_it_does_not_keep_the_others_waiting(out: Shelf) -> None:
    """The first probe is the oldest run, the second one of another rule, and that is enough."""
    rule("put-it", step("test.put", WHO))
    rule("other", step("test.put", "fine"), on=["user.lifecycle.unsuspend"])
    for n in range(8):
        out.plan[f"00u{n}"].extend(Transient("busy", "Not now.") for _ in range(30))
    events(8)
    drain()
    receive(suspended("00u9", minute=59, eventType="user.lifecycle.unsuspend"))
    drain()
    assert Run.objects.filter(parked=True).count() == 9
    for _ in range(2):
        Incident.objects.update(probe_due_at=database_now())
        tick()
        drain()
    assert Run.objects.get(state="succeeded").rule.name == "other"
    assert Incident.objects.get().state == "draining"
    tried = Attempt.objects.count()
    for _ in range(6):
        tick()
        drain()
    assert Attempt.objects.count() - tried <= 16


def test_a_person_has_it_probed_at_once(out: Shelf) -> None:
    rule("put-it", step("test.put", WHO))
    down.append("503")
    events(6)
    drain()
    down.clear()
    incident = Incident.objects.get()
    assert catching_up.probe_now(incident, actor=TESTER)
    tick()
    drain()
    assert Incident.objects.get().state == "draining"
    assert not catching_up.probe_now(incident, actor=TESTER)
    assert Entry.objects.filter(verb="incident.probed").count() == 1
