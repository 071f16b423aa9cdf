"""Right before a run acts: what it is about to call has to be what somebody agreed to.

A run that needs an approval and has none never passes, whatever made it claimable.
"""

from collections.abc import Mapping
from typing import Any

from audit.canonical import clean
from provisioning.actions.base import Transient, Unknown
from provisioning.approvals.models import Approval
from provisioning.clocks import steady_now
from provisioning.rules.schema import demands_approval
from provisioning.runs import contents, settling
from provisioning.runs.asking import KIND, look_at
from provisioning.runs.models import Run, Step
from provisioning.runs.work import Journal, Work

NOT_ASKED = "Nobody has agreed to it yet."
OTHER_CALLS = "What would be called is not what was agreed to."
OTHER_STATE = "What is there is not what it was when somebody agreed."


def holds(work: Work, journal: Journal) -> bool:
    """Whether this claimed run may go on; if not, it is held again, waits or has stopped."""
    step = work.next_step()
    if step is None or not demands_approval(work.run.version.definition):
        return True
    try:
        difference = _difference(work, step, journal)
    except contents.CannotFill as problem:
        _stop(work, problem.step, problem.error, journal)
        difference = ""
    if difference and step.intent_at is not None:
        _stop(work, step, _IN_DOUBT, journal)
    elif difference:
        _hold_again(work, difference, journal)
    journal.flush()
    return work.open


_IN_DOUBT = Unknown(
    "changed_after_approval",
    "The worker ended while it made this call, and what would be called now is not what was "
    "agreed to.",
    hint="Look there yourself, then say whether it happened or replay.",
)


def _difference(work: Work, step: Step, journal: Journal) -> str:
    """Why this is not what was agreed to; empty if it is, or if the run waits for a look."""
    run = work.run
    agreed = _agreed(run)
    if agreed is None:
        contents.content_of(work, {})  # raises where nobody could be asked either
        return NOT_ASKED
    if run.agreed_at is not None:
        keys = {one["key"] for one in agreed["steps"]}
        left = {one.key for one in work.steps if one.state not in Step.DONE_STATES}
        now = [call for call in contents.calls_of(work, keys) if call["key"] in left]
        then = [call for call in contents.without_looks(agreed)["steps"] if call["key"] in left]
        return "" if now == then else OTHER_CALLS
    now_all = contents.content_of(work, {})
    if contents.without_looks(now_all) != contents.without_looks(agreed):
        return OTHER_CALLS
    if step.intent_at is not None:
        return ""
    return _other_state(work, step, agreed, journal)


def _agreed(run: Run) -> dict[str, Any] | None:
    """The content that people have agreed to, for this very run."""
    if not run.approved_digest:
        return None
    rows = Approval.objects.about(KIND, run.code).filter(
        state=Approval.State.APPROVED, digest=run.approved_digest
    )
    found: dict[str, Any] | None = rows.values_list("content", flat=True).first()
    return found


def _other_state(work: Work, step: Step, agreed: Mapping[str, Any], journal: Journal) -> str:
    """Look again. What was not read when it was agreed to is not compared."""
    looks = look_at(work)
    for key, before in contents.looks_of(agreed).items():
        now = clean(looks.get(key, contents.NOT_READ))
        if not before.get("read"):
            continue
        if now.get("failed"):
            error = Transient("look_failed", str(now["why"]))
            step.started_at = started_at = step.started_at or steady_now()
            settling.went_wrong(work, step, error, journal, started_at=started_at)
            return ""
        if now != before:
            return OTHER_STATE
    work.run.agreed_at = steady_now()
    journal.keep(work, None)
    return ""


def _hold_again(work: Work, why: str, journal: Journal) -> None:
    run = work.run
    run.state, run.lease_until, run.lost_claims = Run.State.HELD, None, 0
    run.asked_at, run.agreed_at, run.approved_digest, run.error = None, None, "", why
    work.open = False
    journal.note("run.held", work, why=why)


def _stop(work: Work, step: Step, error: Any, journal: Journal) -> None:
    step.started_at = step.started_at or steady_now()
    settling.stop(work, step, error, journal)
