"""What a rule may do at worst, and whether that needs a second person."""

from provisioning.actions.registry import ACTIONS
from provisioning.approvals import policy
from provisioning.approvals.models import Approval
from provisioning.rules.definitions import Definition


def effects_of(definition: Definition) -> list[str]:
    return sorted({ACTIONS[step.action].effect.value for step in definition.do})


def risk_of(definition: Definition) -> Approval.Risk:
    """A rule does what it does for everybody it matches: taking away is always of high risk."""
    effects = set(effects_of(definition))
    return policy.risk_of(effects, bulk=bool(effects & policy.DESTRUCTIVE))


def needs_somebody_else(definition: Definition) -> bool:
    return policy.second_person_needed(risk_of(definition))
