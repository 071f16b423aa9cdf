"""Whether a second person is needed: always, unless a team of one switched it off for low risks."""

from collections.abc import Iterable

from django.db import transaction

from audit import trail
from provisioning.approvals.models import Approval, Policy
from provisioning.clocks import database_now

Risk = Approval.Risk
_ORDER = (Risk.LOW, Risk.MEDIUM, Risk.HIGH)
#: Effects of actions (`provisioning.actions.base.Effect`) that take something away.
DESTRUCTIVE = frozenset({"revoke", "delete"})


def current() -> Policy:
    """The policy in force; four eyes where nobody ever changed it."""
    return Policy.objects.first() or Policy()


def risk_of(effects: Iterable[str], *, bulk: bool = False) -> Approval.Risk:
    """The risk of these effects together; destructive ones in bulk are always high."""
    found = set(effects)
    if found & DESTRUCTIVE:
        return Risk.HIGH if bulk else Risk.MEDIUM
    if found <= {"notify"}:
        return Risk.LOW
    return Risk.HIGH if bulk else Risk.MEDIUM


def second_person_needed(risk: str, policy: Policy | None = None) -> bool:
    policy = policy or current()
    return policy.four_eyes or _ORDER.index(Risk(risk)) >= _ORDER.index(Risk(policy.needed_from))


def off_below(policy: Policy) -> str:
    """Such as "Four eyes is off below high risk"; empty where it is on."""
    return "" if policy.four_eyes else f"Four eyes is off below {policy.needed_from} risk"


@transaction.atomic
def change(*, four_eyes: bool, needed_from: str, actor: trail.Actor, reason: str = "") -> Policy:
    """Switch four eyes on or off. Raises ValueError for a threshold that may not be."""
    if needed_from not in (Risk.MEDIUM, Risk.HIGH):
        raise ValueError("Four eyes can be switched off below medium or below high risk only.")
    before = current()
    Policy.objects.update_or_create(
        id=1,
        defaults={
            "four_eyes": four_eyes,
            "needed_from": needed_from,
            "changed_by": actor.name,
            "changed_at": database_now(),
        },
    )
    trail.record(
        "policy.changed",
        actor=actor,
        obj=trail.Object("policy", "four-eyes", "four eyes"),
        data={
            "four_eyes": {"before": before.four_eyes, "after": four_eyes},
            "needed_from": {"before": before.needed_from, "after": needed_from},
            "reason": reason.strip(),
        },
    )
    return current()
