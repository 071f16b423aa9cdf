"""A rule with limits, its burst, and people who decide about it."""

from typing import Any

from audit import trail
from provisioning.approvals.models import Approval
from provisioning.plans import letting_go
from provisioning.plans.models import Plan
from provisioning.rules.models import Rule
from provisioning.runs.models import Run
from provisioning.runs.scheduling import schedule_due
from tests.support.engine import TESTER, receive, rule, step, suspended
from tests.support.tallies import assert_tallied

WHO = "{{ event.target.User.id }}"
TOM = trail.Actor("user", "tom", "Tom", "127.0.0.1", person="okta:tom")
MAYA = trail.Actor("user", "maya", "Maya", "127.0.0.1", person="okta:maya")


def limited(name: str = "one", action: str = "test.put", **limits: Any) -> Rule:
    return rule(name, step(action, WHO), limits=limits)


def people(first: int, count: int) -> list[dict[str, Any]]:
    return [suspended(f"00u{n}", minute=n % 60) for n in range(first, first + count)]


def plan_of() -> Plan:
    assert_tallied()
    return Plan.objects.get(state=Plan.State.WAITING)


def request_of(plan: Plan) -> Approval:
    return Approval.objects.open().get(object_kind="plan", object_code=plan.code)


def decided(plan: Plan, verdict: str = "approve", approval: Approval | None = None) -> Plan:
    approval = approval or request_of(plan)
    letting_go.decide(
        approval, verdict=verdict, digest=approval.digest, reason="Looked at it.",
        roles=["approver"], actor=TOM,
    )  # fmt: skip
    assert_tallied()
    plan.refresh_from_db()
    return plan


def states() -> dict[str, int]:
    """How many runs are in each state."""
    found: dict[str, int] = {}
    for state in Run.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def matched(*events: dict[str, object]) -> None:
    """Store and match them all before anything is executed, as when a worker is quick."""
    receive(*events)
    while schedule_due(limit=100, actor=TESTER):
        pass
