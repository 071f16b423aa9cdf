"""People and requests for the tests of approvals."""

from typing import Any

from audit.trail import Actor
from provisioning.approvals import requests
from provisioning.approvals.models import Approval

CONTENT = {"calls": [{"action": "aws.s3.create_folder", "with": {"key": "marketing-Ana/"}}]}


def person(name: str, *, known_as: str = "") -> Actor:
    """An actor of the portal; `known_as` is their identity where two accounts are one person."""
    return Actor("user", f"code-{name}", name, "127.0.0.1", person=known_as or f"okta:{name}")


def asked(requester: str = "maya", **fields: Any) -> Approval:
    ask: dict[str, Any] = {
        "kind": "run",
        "object_kind": "run",
        "object_code": "RUN1",
        "title": "One folder for Ana",
        "content": CONTENT,
        "risk": "medium",
        **fields,
    }
    return requests.ask(requests.Ask(**ask), actor=person(requester))


def approve(approval: Approval, who: str = "tom", **fields: Any) -> Approval:
    given: dict[str, Any] = {
        "verdict": "approve",
        "digest": approval.digest,
        "reason": "",
        "roles": ["approver"],
        "actor": person(who),
        **fields,
    }
    return requests.decide(approval, **given)
