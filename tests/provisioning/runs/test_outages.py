"""A target is out: one incident, its work parked in order, all else goes on, nothing twice."""

from datetime import datetime, timedelta

import pytest

from audit.models import Entry
from provisioning import recovery
from provisioning.actions.base import Transient, Unknown
from provisioning.clocks import database_now
from provisioning.notices.models import Notice
from provisioning.runs import catching_up, incidents
from provisioning.runs.incidents import target_of
from provisioning.runs.models import Attempt, Run
from provisioning.runs.troubles import Incident, TargetError
from tests.support.actions import Shelf
from tests.support.engine import (
    TESTER,
    assert_settled,
    drain,
    make_due,
    receive,
    rule,
    step,
    suspended,
    together,
)

WHO = "{{ event.target.User.id }}"


@pytest.fixture
def out(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A shelf that refuses every look while `down` holds a message."""
    down.clear()
    look = Shelf.act

    def act(self: Shelf, params: object) -> None:
        if down:
            raise Transient(down[0], "Not now.")
        look(self, params)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(Shelf, "act", act)
    return shelf


down: list[str] = []


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


def test_the_target_is_the_service_that_is_called() -> None:
    names = {
        "aws.s3.create_folder": "aws.s3", "aws.lambda.invoke": "aws.lambda",
        "slack.post_message": "slack", "email.send": "smtp", "okta.group.add": "okta",
    }  # fmt: skip
    assert {name: target_of(name) for name in names} == names


def test_several_runs_in_a_row_open_one_incident_and_the_others_are_parked(out: Shelf) -> None:
    rule("put-it", step("test.put", WHO))
    down.append("503")
    events(30)
    drain()
    incident = Incident.objects.get()
    assert (incident.target, incident.state, incident.cause) == ("test", "open", "503")
    assert Run.objects.filter(parked=True, incident=incident).count() == 30
    assert Entry.objects.filter(verb="incident.opened").count() == 1
    assert Notice.objects.filter(kind="incident").count() == 1
    tried = Attempt.objects.count()
    make_due()
    drain()
    assert Attempt.objects.count() == tried < 30


def test_other_targets_go_on_meanwhile(out: Shelf) -> None:
    rule("put-it", step("test.put", WHO))
    down.append("503")
    events(8)
    drain()
    assert Run.objects.filter(parked=True).count() == 8
    Incident.objects.update(target="elsewhere")
    incidents.forget()
    down.clear()
    rule("put-it", step("test.put", WHO, "more"))
    events(4, first=20)
    drain()
    assert Run.objects.filter(state="succeeded").count() == 4
    assert Run.objects.filter(parked=True).count() == 8


def test_a_success_between_means_that_the_target_is_not_out(out: Shelf) -> None:
    rule("put-it", step("test.put", WHO))
    for n in range(9):
        down[:] = ["503"] if n % 3 else []
        events(1, first=n)
        drain()
        # None of them is tried again meanwhile, however slow the machine is.
        later = database_now() + timedelta(hours=1)
        Run.objects.filter(state="retrying").update(due_at=later)
    assert not Incident.objects.exists()
    assert TargetError.objects.count() == 2


def test_one_run_that_fails_again_and_again_is_not_an_outage(out: Shelf) -> None:
    rule("put-it", step("test.put", WHO))
    down.append("503")
    events(1)
    for _ in range(8):
        drain()
        make_due()
    assert Attempt.objects.count() >= 8
    assert not Incident.objects.exists()


def test_a_defect_of_ours_is_not_an_outage(shelf: Shelf) -> None:
    rule("put-it", step("test.put", WHO))
    for n in range(8):
        shelf.plan[f"00u{n}"].append(KeyError("x"))
    events(8)
    drain()
    assert not Incident.objects.exists()


def test_lost_answers_that_leave_runs_unknown_stop_the_next_ones(shelf: Shelf) -> None:
    """Of 30 messages that nobody can read back a few become unknown, not all of them."""
    rule("say-it", step("test.say", WHO))
    for n in range(30):
        shelf.plan[f"00u{n}"].append(Unknown("no_answer", "No answer."))
    events(30)
    drain()
    unknown = Run.objects.filter(state="unknown").count()
    assert incidents.RUNS <= unknown < 30
    assert Run.objects.filter(parked=True).count() == 30 - unknown


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


def test_workers_at_once_open_one_incident(out: Shelf) -> None:
    rule("put-it", step("test.put", WHO))
    down.append("503")
    events(40)
    together(4, lambda _: drain())
    make_due()  # what a worker wrote down in the moment in which another one opened it
    drain()
    assert Incident.objects.count() == 1
    assert Notice.objects.filter(kind="incident").count() == 1
    assert Run.objects.filter(parked=True).count() == 40


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
