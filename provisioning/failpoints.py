"""Named places where a test may stop a process: `FAILPOINT=name:action:nth`.

Nothing happens unless the setting FAILPOINTS_ALLOWED says so, which only tests set. Actions:
`kill` (SIGKILL to this process), `raise`, `pause=SECONDS`. `nth` counts from 1.
"""

import os
import signal
import time
from collections import Counter

from django.conf import settings

NAMES = frozenset(
    {
        "accept.before_tx",
        "accept.after_rows",
        "accept.after_commit",
        "schedule.after_claim",
        "schedule.after_read",
        "schedule.before_commit",
        "schedule.after_commit",
        "claim.after",
        "step.after_intent",
        "aws.before_send",
        "aws.after_effect",
        "step.before_outcome_commit",
        "step.after_outcome_commit",
        "run.before_done",
        "plan.after_claim",
        "plan.before_slice_commit",
        "plan.after_slice_commit",
        "plan.before_item_commit",
        "plan.after_item_commit",
    }
)


class FailpointReached(Exception):  # noqa: N818 - it is no error of the program
    """Raised by the action `raise`."""


_reached: Counter[str] = Counter()


def _armed() -> tuple[str, str, int] | None:
    text = os.environ.get("FAILPOINT", "")
    if not text or not settings.FAILPOINTS_ALLOWED:
        return None
    name, action, nth = [*text.split(":"), "kill", "1"][:3]
    return name, action, int(nth)


ARMED = _armed()


def reach(name: str) -> None:
    """Tell that this place is reached."""
    if ARMED is None or ARMED[0] != name:
        return
    _reached[name] += 1
    if _reached[name] == ARMED[2]:
        _act(name, ARMED[1])


def _act(name: str, action: str) -> None:
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "raise":
        raise FailpointReached(name)
    elif action.startswith("pause="):
        time.sleep(float(action.removeprefix("pause=")))
