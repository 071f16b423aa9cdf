"""A request to give somebody a role, as the page of an approval shows it."""

from typing import Any

from portal.masking import masked_text
from provisioning.approvals.models import Approval

WORDS = {True: "may sign in", False: "may not sign in"}


def effect(approval: Approval) -> dict[str, Any]:
    content = approval.content
    before, after = content["before"], content["after"]
    return {
        "account": content["account"],
        "gained": sorted(set(after["roles"]) - set(before["roles"])),
        "lost": sorted(set(before["roles"]) - set(after["roles"])),
        "kept": sorted(set(before["roles"]) & set(after["roles"])),
        "signing_in": WORDS[after["active"]] if before["active"] != after["active"] else "",
    }


def line(approval: Approval) -> str:
    return masked_text(approval.title)
