"""Short ways to pull and release the brake in a test."""

from typing import Any

from audit import trail
from provisioning.runs import brake_releases, brakes
from provisioning.runs.brake_models import Brake

MAYA = trail.Actor("user", "maya", "Maya", "127.0.0.1", person="okta:maya")
TOM = trail.Actor("user", "tom", "Tom", "127.0.0.1", person="okta:tom")


def pulled(level: str = "all", **fields: Any) -> Brake:
    return brakes.pull(**{"level": level, "reason": "Bad import", "actor": MAYA, **fields})


def released(brake: Brake) -> None:
    """By two people where that is needed."""
    if not brake_releases.second_person_needed(brake):
        brake_releases.release(brake, reason="It is over.", actor=MAYA)
        return
    approval = brake_releases.ask_release(brake, reason="It is over.", actor=MAYA)
    brake_releases.decide(
        approval, verdict="approve", digest=approval.digest, reason="", roles=["approver"],
        actor=TOM,
    )  # fmt: skip
