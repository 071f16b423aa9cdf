"""Telling the author of a change that somebody wants it otherwise."""

from provisioning.approvals.models import Approval
from provisioning.clocks import database_now
from provisioning.notices import tell

KIND = "approval"


def tell_author(approval: Approval, *, by: str) -> None:
    """As part of the decision that sends it back."""
    tell(
        kind=KIND,
        key=f"approval:{approval.code}:changes",
        subject=f"Changes asked for: {approval.title}",
        text=f"{by} asks {approval.requester} to change this: {approval.ended_because}",
        path=f"/approvals/{approval.code}/",
        now=database_now(),
    )
