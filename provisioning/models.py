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
from provisioning.processes import PeriodicTask, Process
from provisioning.rules.models import (
    Backtest,
    Draft,
    LookupTable,
    LookupVersion,
    Rule,
    RuleTest,
    RuleVersion,
    Verdict,
)
from provisioning.runs.models import Attempt, FailureGroup, Run, Step

__all__ = [
    "Approval",
    "Attempt",
    "Backtest",
    "Decision",
    "Delivery",
    "Draft",
    "Event",
    "EventProfile",
    "FailureGroup",
    "LookupTable",
    "LookupVersion",
    "PeriodicTask",
    "Person",
    "Policy",
    "Process",
    "RefusalCount",
    "Rule",
    "RuleTest",
    "RuleVersion",
    "Run",
    "SignOut",
    "Step",
    "Verdict",
]
