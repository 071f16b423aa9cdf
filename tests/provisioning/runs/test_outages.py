"""A target is out: one incident opens, its work is parked and everything else goes on."""

from datetime import timedelta

import pytest

from audit.models import Entry
from provisioning.actions.base import Unknown
from provisioning.clocks import database_now
from provisioning.notices.models import Notice
from provisioning.runs import incidents
from provisioning.runs.incidents import target_of
from provisioning.runs.models import Attempt, Run
from provisioning.runs.troubles import Incident, TargetError
from tests.provisioning.runs.outages import WHO, down, events
from tests.support.actions import Shelf
from tests.support.engine import (
    drain,
    make_due,
    rule,
    step,
    together,
)


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


@pytest.mark.parametrize("code", ["function_answered_503", "smtp_recipient_451"])
def test_one_function_or_mailbox_that_fails_is_not_an_outage(out: Shelf, code: str) -> None:
    """Mutation: one broken function would keep the rules of all others from calling theirs."""
    rule("put-it", step("test.put", WHO))
    down.append(code)
    events(8)
    drain()
    assert not Incident.objects.exists()
    assert Run.objects.filter(state="retrying", parked=False).count() == 8


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
