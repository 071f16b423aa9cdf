"""Short ways to a held run, and to what people say to it."""

from typing import Any

from audit.models import Entry
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import Decided
from provisioning.events.models import Event
from provisioning.rules.models import Rule
from provisioning.runs import holding
from provisioning.runs.models import Run
from tests.provisioning.approvals.asking import person
from tests.support.actions import Shelf
from tests.support.engine import drain, receive, rule, step, suspended

WHO = "{{ event.target.User.id }}"
APPROVER = frozenset({"approver"})


def careful_rule(name: str = "careful", *steps: dict[str, Any], **fields: Any) -> Rule:
    """A rule that puts one item for the person, once somebody agrees."""
    steps = steps or (step("test.put", WHO, "on"),)
    return rule(name, *steps, **{"approval": "required", **fields})


def held(shelf: Shelf, *steps: dict[str, Any], **fields: Any) -> Run:
    """One held run, asked about by a worker."""
    careful_rule("careful", *steps, **fields)
    receive(suspended())
    drain()
    run = Run.objects.get()
    assert (run.state, run.lease_until, sum(shelf.acts.values())) == ("held", None, 0)
    return run


def open_approval(run: Run) -> Approval:
    return Approval.objects.open().about("run", run.code).get()


def say(
    run: Run, who: str = "tom", verdict: str = "approve", reason: str = "", **fields: Any
) -> Decided:
    """What this person decides on the run, having seen what is asked for now."""
    approval = fields.pop("approval", None) or open_approval(run)
    given: dict[str, Any] = {"digest": approval.digest, "roles": APPROVER, "actor": person(who)}
    return holding.decide(approval, verdict=verdict, reason=reason, **given | fields)


def event_state() -> str:
    return Event.objects.values_list("state", flat=True).get()


def said(run: Run) -> list[str]:
    """The verbs about this run and its approvals, oldest first."""
    codes = [run.code, *Approval.objects.about("run", run.code).values_list("code", flat=True)]
    rows = Entry.objects.filter(object_id__in=codes).order_by("id")
    return list(rows.values_list("verb", flat=True))
