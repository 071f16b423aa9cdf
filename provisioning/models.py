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
from provisioning.notices.models import Notice
from provisioning.processes import PeriodicTask, Process
from provisioning.rules.lookup_models import LookupTable, LookupVersion
from provisioning.rules.models import Draft, Rule, RuleVersion, Verdict
from provisioning.rules.trial_models import Backtest, RuleTest
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
    "Notice",
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
