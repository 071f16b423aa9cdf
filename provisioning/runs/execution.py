"""Executing runs: claim with a lease and a fence, then for each step look, act, look.

An intent is committed before anything acts, an outcome after. A worker that dies in between leaves
an intent without outcome; whoever claims the run next reads the target to learn what happened, and
where the target cannot be read the step becomes unknown and a person decides.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from audit import trail
from audit.canonical import storable
from provisioning import failpoints
from provisioning.actions.base import (
    ActionError,
    Look,
    Outcome,
    Permanent,
    Transient,
    Unknown,
)
from provisioning.clocks import steady_now
from provisioning.runs import agreement, brakes, leases, parking, rendering, settling
from provisioning.runs.claiming import claim
from provisioning.runs.loading import load
from provisioning.runs.models import Attempt, Run, Step
from provisioning.runs.recording import record_look
from provisioning.runs.work import Call, Journal, Work

log = logging.getLogger(__name__)

#: Outcomes of quick calls share a commit as long as the first of them is no older than this.
SHARE_SECONDS = 0.02
#: Before a call the lease is looked at again if it was last seen longer ago than this.
CONFIRM_SECONDS = 1.0

Over = Callable[[], bool]


def _never() -> bool:
    return False


def execute_due(*, limit: int, worker: str, actor: trail.Actor, over: Over = _never) -> int:
    """Claim up to `limit` due runs and take each as far as it goes now; how many were claimed.

    Once `over` says so no call is begun, and what is left is handed back.
    """
    works = load(claim(limit, worker))
    if works:
        with leases.hold(Run, {work.run.pk: work.run.fence for work in works}):
            failpoints.reach("claim.after")
            perform(works, Journal(worker, actor), over)
    return len(works)


def perform(works: Sequence[Work], journal: Journal, over: Over = _never) -> None:
    """Take each run step by step until it is done, must wait or stops."""
    going = [work for work in works if not settling.stops_workers(work, journal)]
    going = [work for work in going if agreement.holds(work, journal)]
    while going:
        readable: list[Call] = []
        single: list[Call] = []
        for work in going:
            call = _begin(work, journal, over)
            if call is not None:
                (readable if _readable(call) else single).append(call)
        # Intents of calls that can be read back may share a commit: after a crash a look decides.
        # Any other call has a commit of its own right before it, so that no more than one is ever
        # in doubt.
        _act_together(readable, journal, over)
        for call in single:
            _act_together([call], journal, over)
        journal.flush()
        going = [work for work in going if work.open]


def _act_together(calls: Sequence[Call], journal: Journal, over: Over) -> None:
    """Commit the intents of all of them, then make one call after the other."""
    lookout = brakes.Lookout()
    for call in calls:
        if over() or lookout.stops(call.work.run, call.step):
            settling.hand_back(call.work, journal, unsent=True)
        else:
            _intend(call, journal)
    journal.flush()
    shared_since = confirmed_at = time.monotonic()
    for call in calls:
        failpoints.reach("step.after_intent")
        if time.monotonic() - confirmed_at > CONFIRM_SECONDS:
            journal.confirm([other.work for other in calls])
            confirmed_at = time.monotonic()
        if call.work.open and (over() or lookout.stops(call.work.run, call.step)):
            settling.hand_back(call.work, journal, unsent=True)
        elif call.work.open:
            _act(call, journal)
        if time.monotonic() - shared_since > SHARE_SECONDS:
            journal.flush()
            shared_since = time.monotonic()
    journal.flush()


def _begin(work: Work, journal: Journal, over: Over) -> Call | None:
    """What the next step has to call; None if it is settled without a call."""
    step = work.next_step()
    if step is None:
        settling.finish(work, journal)
        return None
    if _not_now(work, step, journal, over):
        return None
    started_at = steady_now()
    step.started_at = step.started_at or started_at
    interrupted = step.intent_at is not None
    if interrupted:
        journal.attempt(
            work, step, Attempt.Result.LOST, started_at=step.intent_at or started_at, now=started_at
        )
    try:
        call = _prepare(work, step, started_at)
        readable = _readable(call)
    except Exception as problem:  # noqa: BLE001 - a defect of one action stops one run only
        error = _before_acting(problem, work, step)
        if interrupted:
            settling.stop(work, step, _IN_DOUBT, journal)
        else:
            settling.went_wrong(work, step, error, journal, started_at=started_at)
        return None
    if not readable:
        if interrupted:
            settling.stop(work, step, _IN_DOUBT, journal)
        return None if interrupted else call
    return _look_first(call, journal, interrupted=interrupted)


def _not_now(work: Work, step: Step, journal: Journal, over: Over) -> bool:
    """Whether this worker has to end, or the step's target is out; the run is then let go of."""
    if over():
        settling.hand_back(work, journal)
        return True
    return parking.parked(work, step, journal)


_IN_DOUBT = Unknown(
    "interrupted",
    "The worker ended while it made this call, and the target cannot be read.",
    hint="Look there yourself, then say whether it happened or replay.",
)


def _before_acting(problem: Exception, work: Work, step: Step) -> ActionError:
    """A problem met before anything was called: it can only be permanent."""
    if isinstance(problem, ActionError):
        return problem
    log.error("Step %s of run %s cannot be begun", step.key, work.run.code, exc_info=problem)
    return Permanent("internal_error", _defect(problem))


def _defect(problem: Exception) -> str:
    return f"{type(problem).__name__}: this is a defect in Sluice."


def _readable(call: Call) -> bool:
    return bool(call.action.readable(call.params))


def _prepare(work: Work, step: Step, now: datetime) -> Call:
    """Render and validate; raises Permanent where the rule does not fit this event."""
    action = rendering.action_of(step)
    names = work.names | {"steps": {s.key: {"output": s.output} for s in work.steps if s.output}}
    filled = rendering.rendered(step, action, names)
    step.input = storable(filled)
    params = rendering.validated(action, filled)
    step.target = action.target(params)
    return Call(work, step, action, params, work.context(step, now), now)


def _look_first(call: Call, journal: Journal, *, interrupted: bool) -> Call | None:
    try:
        before = call.action.look(call.params, call.context)
    except Exception as problem:  # noqa: BLE001 - as above
        _went_wrong(call, problem, journal)
        return None
    record_look(call.step, before)
    if not before.done:
        return call
    outcome = Outcome(before.output, before.request_ids)
    settling.succeed(call, outcome, before, journal, acted=interrupted)
    return None


def _intend(call: Call, journal: Journal) -> None:
    call.step.state = Step.State.RUNNING
    call.step.intent_at = steady_now()
    journal.note("step.intended", call.work, call.step, attempt=call.step.attempts + 1)


def _act(call: Call, journal: Journal) -> None:
    try:
        failpoints.reach("aws.before_send")
        outcome = call.action.act(call.params, call.context)
        failpoints.reach("aws.after_effect")
        after = _look_after(call)
    except Exception as problem:  # noqa: BLE001 - as above
        _went_wrong(call, problem, journal)
    else:
        settling.succeed(call, outcome, after, journal, acted=True)


def _look_after(call: Call) -> Look | None:
    if not _readable(call):
        return None
    after = call.action.look(call.params, call.context)
    if not after.done:
        raise Transient("not_visible", "The call was accepted, but its effect cannot be seen yet.")
    return after


def _went_wrong(call: Call, problem: Exception, journal: Journal) -> None:
    """A look or an act raised. What may have happened is known from a look next time, if at all."""
    error = problem
    if not isinstance(error, ActionError):
        where = f"{call.step.action} of run {call.work.run.code}"
        log.error("Action %s failed", where, exc_info=problem)
        error = Unknown("internal_error", _defect(problem))
    if isinstance(error, Unknown) and _readable(call):
        error = Transient(
            error.code, error.message, hint=error.hint, http_status=error.http_status,
            request_ids=error.request_ids,
        )  # fmt: skip
    settling.went_wrong(call.work, call.step, error, journal, started_at=call.started_at)
