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
from provisioning.plans.large_models import PlanSelection
from provisioning.plans.models import Plan, PlanItem, PlanTally
from provisioning.processes import PeriodicTask, Process
from provisioning.rules.coverage_models import Coverage
from provisioning.rules.lookup_models import LookupTable, LookupVersion
from provisioning.rules.models import Draft, Rule, RuleVersion, Verdict
from provisioning.rules.trial_models import Backtest, RuleTest
from provisioning.runs.brake_models import Brake
from provisioning.runs.gate_models import Gate
from provisioning.runs.models import Attempt, Run, Step
from provisioning.runs.troubles import FailureGroup, Handling, Incident, TargetError

__all__ = [
    "Approval",
    "Attempt",
    "Backtest",
    "Brake",
    "Coverage",
    "Decision",
    "Delivery",
    "Draft",
    "Event",
    "EventProfile",
    "FailureGroup",
    "Gate",
    "Handling",
    "Incident",
    "LookupTable",
    "LookupVersion",
    "Notice",
    "PeriodicTask",
    "Person",
    "Plan",
    "PlanItem",
    "PlanSelection",
    "PlanTally",
    "Policy",
    "Process",
    "RefusalCount",
    "Rule",
    "RuleTest",
    "RuleVersion",
    "Run",
    "SignOut",
    "Step",
    "TargetError",
    "Verdict",
]
