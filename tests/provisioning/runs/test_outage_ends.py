"""The target answers again: what waited is done in order, nothing twice, and slowly at first."""

from datetime import timedelta

from audit.models import Entry
from provisioning.clocks import database_now
from provisioning.notices.models import Notice
from provisioning.runs.models import Run
from provisioning.runs.troubles import Incident
from tests.provisioning.runs.outages import WHO, down, events, recover, tick
from tests.support.actions import Shelf
from tests.support.engine import (
    assert_settled,
    drain,
    receive,
    rule,
    step,
    suspended,
)


def test_what_waited_is_done_in_order_once_and_faster_and_faster(out: Shelf) -> None:
    rule("put-it", step("test.put", WHO))
    down.append("503")
    events(40)
    drain()
    down.clear()
    out.order.clear()
    Incident.objects.update(probe_due_at=database_now())
    left = []
    while Incident.objects.active().exists():
        tick()
        drain()
        left.append(Run.objects.filter(parked=True).count())
    assert left[:5] == [39, 37, 33, 25, 9]
    assert [key for key, _ in out.order] == [f"00u{n}" for n in range(40)]
    assert set(out.acts.values()) == {1}
    assert_settled()
    assert Incident.objects.get().state == "closed"
    verbs = Entry.objects.filter(object_kind="incident").order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == [
        "incident.opened", "incident.draining", "incident.closed",
    ]  # fmt: skip
    keys = Notice.objects.order_by("id").values_list("key", flat=True)
    code = Incident.objects.get().code
    assert list(keys) == [f"incident:{code}:opened", f"incident:{code}:closed"]


def test_new_work_queues_behind_what_waits(out: Shelf) -> None:
    rule("put-it", step("test.put", WHO))
    down.append("503")
    events(20)
    drain()
    down.clear()
    out.order.clear()
    Incident.objects.update(probe_due_at=database_now())
    tick()
    drain()
    events(3, first=30)
    drain()
    recover()
    assert [key for key, _ in out.order][-3:] == ["00u30", "00u31", "00u32"]


def test_runs_of_one_person_stay_in_order(out: Shelf) -> None:
    rule("put-it", step("test.put", WHO, "{{ event.published }}"))
    down.append("503")
    events(6)
    receive(*(suspended("00u3", minute=minute) for minute in (50, 40, 45)))
    drain()
    down.clear()
    out.order.clear()
    recover()
    mine = [value for key, value in out.order if key == "00u3"]
    assert len(mine) == 4
    assert mine == sorted(mine)
    assert_settled()


def test_a_target_that_fails_again_while_it_catches_up_waits_again_and_tells_nobody(
    out: Shelf,
) -> None:
    rule("put-it", step("test.put", WHO))
    down.append("503")
    events(30)
    drain()
    down.clear()
    Incident.objects.update(probe_due_at=database_now())
    tick()
    drain()
    assert Incident.objects.get().state == "draining"
    down.append("503")
    for _ in range(3):
        tick()
        drain()
    assert Incident.objects.get().state == "open"
    assert Run.objects.filter(parked=True).count() == 29
    assert Notice.objects.count() == 1
    down.clear()
    recover()
    assert_settled()
    assert Notice.objects.count() == 2


def test_a_long_outage_lets_no_run_expire(out: Shelf) -> None:
    """A day of trying begins anew when the target is back: the time parked does not count."""
    rule("put-it", step("test.put", WHO))
    down.append("503")
    events(6)
    drain()
    for run in Run.objects.all():
        run.steps.update(started_at=database_now() - timedelta(days=3))
    Incident.objects.update(probe_due_at=database_now())
    tick()
    drain()
    assert Run.objects.filter(parked=True).count() == 6
    down.clear()
    recover()
    assert_settled()
    assert Run.objects.filter(state="succeeded").count() == 6


def test_a_run_parked_as_the_incident_closes_is_let_go(out: Shelf) -> None:
    rule("put-it", step("test.put", WHO))
    down.append("503")
    events(6)
    drain()
    down.clear()
    Incident.objects.update(state="closed", closed_at=database_now())
    tick()
    drain()
    assert_settled()
