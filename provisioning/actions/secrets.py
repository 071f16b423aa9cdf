"""Secrets are named, not kept: `env:SLACK_BOT_TOKEN` says where the worker finds the value."""

import os

from provisioning.actions.base import Permanent

_ELSEWHERE = ("aws-sm:", "aws-ssm:", "vault:", "file:")


def resolve(reference: str, purpose: str) -> str:
    """The secret that `reference` names: `env:NAME`, or the value itself.

    `purpose` is a noun phrase for the message, such as `the Slack bot token`. The value never
    goes into a message. Raises Permanent when there is none.
    """
    text = reference.strip()
    if text.startswith(_ELSEWHERE):
        scheme = text.split(":", 1)[0]
        raise Permanent(
            "secret_scheme_unknown",
            f"A reference of the kind {scheme}: cannot be used for {purpose}.",
            hint="Use env:NAME and set that environment variable where the worker runs.",
        )
    name = text.removeprefix("env:") if text.startswith("env:") else ""
    value = os.environ.get(name, "").strip() if name else text
    if not value:
        where = f"the environment variable {name} is empty" if name else "it is not configured"
        raise Permanent(
            "secret_missing",
            f"There is no value for {purpose}: {where}.",
            hint="Set it where the worker runs, then replay.",
        )
    return value
