"""Every model of the engine, gathered for Django; each lives in its noun's package."""

from provisioning.approvals.models import Approval, Decision, Policy
from provisioning.events.models import (
    Delivery,
    Event,
    EventProfile,
    Person,
    RefusalCount,
    SignOut,
)
from provisioning.plans.models import Plan, PlanItem
from provisioning.processes import PeriodicTask, Process
from provisioning.rules.models import Rule, RuleVersion, Verdict
from provisioning.runs.models import Attempt, FailureGroup, Run, Step

__all__ = [
    "Approval",
    "Attempt",
    "Decision",
    "Delivery",
    "Event",
    "EventProfile",
    "FailureGroup",
    "PeriodicTask",
    "Person",
    "Plan",
    "PlanItem",
    "Policy",
    "Process",
    "RefusalCount",
    "Rule",
    "RuleVersion",
    "Run",
    "SignOut",
    "Step",
    "Verdict",
]
