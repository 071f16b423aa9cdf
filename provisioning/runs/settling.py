"""What becomes of a step and its run: done, another try later, or stopped for a person."""

from datetime import datetime
from typing import Any

from provisioning import failpoints
from provisioning.actions.base import ActionError, Look, Outcome, Permanent, Transient, Unknown
from provisioning.clocks import database_now, steady_now
from provisioning.runs import backoff, failures
from provisioning.runs.models import Attempt, Run, Step
from provisioning.runs.recording import attempt_of, record_error, record_outcome
from provisioning.runs.work import Call, Journal, Work

#: Claims of one run that ended without a word before it stops being handed out.
MOST_LOST_CLAIMS = 3


def succeed(
    call: Call, outcome: Outcome, after: Look | None, journal: Journal, *, acted: bool
) -> None:
    """The wish holds, by this call (`acted`) or already before it."""
    now = steady_now()
    step = call.step
    step.state = Step.State.SUCCEEDED if acted else Step.State.ALREADY
    step.intent_at = None
    record_outcome(step, outcome, after, now=now)
    journal.attempt(
        call.work,
        step,
        Attempt.Result.ACTED if acted else Attempt.Result.ALREADY,
        started_at=call.started_at,
        now=now,
        http_status=outcome.http_status,
        request_ids=list(outcome.request_ids),
        log=outcome.log,
    )
    call.work.run.steps_done += 1
    verb = "step.done" if acted else "step.already"
    journal.note(verb, call.work, step, request_ids=list(outcome.request_ids))
    if call.work.next_step() is None:
        finish(call.work, journal)


def finish(work: Work, journal: Journal) -> None:
    """Every step is done."""
    failpoints.reach("run.before_done")
    run = work.run
    run.state, run.finished_at = Run.State.SUCCEEDED, steady_now()
    run.lease_until, run.error_code, run.error, run.lost_claims = None, "", "", 0
    work.open = False
    journal.note("run.succeeded", work, steps=run.step_count, attempts=run.attempts)


def went_wrong(
    work: Work, step: Step, error: ActionError, journal: Journal, *, started_at: datetime
) -> None:
    """Sort an error: another try later, or stop and ask a person. The attempt is kept either way.

    The caller has turned an Unknown into a Transient where the target can be read back.
    """
    now = database_now()
    first_try_at = max(step.started_at or now, work.run.retry_from_at or step.started_at or now)
    again = isinstance(error, Transient) and not backoff.given_up(first_try_at, now)
    wait = backoff.delay(step.attempts + 1, getattr(error, "retry_after", None))
    retry_at = now + wait if again else None
    kind = failures.plain_class(error)
    values = attempt_of(error)
    journal.attempt(
        work, step, kind, started_at=started_at, now=steady_now(), retry_at=retry_at, **values
    )
    if retry_at is None:
        stop(work, step, error, journal)
    else:
        _again(work, step, error, journal, retry_at=retry_at)


def _again(
    work: Work, step: Step, error: ActionError, journal: Journal, *, retry_at: datetime
) -> None:
    run = work.run
    record_error(step, error)
    step.state, step.intent_at = Step.State.RETRYING, None
    run.state, run.due_at, run.lease_until = Run.State.RETRYING, retry_at, None
    run.error_code, run.error, run.lost_claims = step.error_code, step.error, 0
    work.open = False
    journal.note(
        "run.retrying", work, step, outcome="failed", code=error.code,
        attempt=step.attempts, retry_at=retry_at.isoformat(), request_ids=list(error.request_ids),
    )  # fmt: skip


def stop(work: Work, step: Step, error: ActionError, journal: Journal) -> None:
    """The run stops here; it joins its failure group and a person is asked."""
    unknown = isinstance(error, Unknown)
    now = steady_now()
    record_error(step, error)
    step.state = Step.State.UNKNOWN if unknown else Step.State.FAILED
    step.intent_at, step.finished_at = None, now
    run = work.run
    run.state = Run.State.UNKNOWN if unknown else Run.State.FAILED
    run.error_code, run.error, run.finished_at = step.error_code, step.error, now
    run.lease_until, run.lost_claims = None, 0
    work.open = False
    journal.failed(work, step, failures.advice_for(error))
    outcome = "unknown" if unknown else "failed"
    data: dict[str, Any] = {"code": error.code, "request_ids": list(error.request_ids)}
    journal.note("step.failed", work, step, outcome=outcome, **data)
    journal.note(f"run.{run.state}", work, outcome=outcome, stopped_at=step.key, code=error.code)


def hand_back(work: Work, journal: Journal, *, unsent: bool = False) -> None:
    """Any worker may go on with this run now: this one has to end. No call is under way.

    `unsent`: nothing was sent after the intent of the next step. Otherwise an intent is that of a
    worker who is gone, and whoever goes on still has to find out what became of its call.
    """
    step = work.next_step()
    if step is not None and step.intent_at is not None and unsent:
        step.state, step.intent_at = Step.State.WAITING, None
    run = work.run
    run.state, run.lease_until, run.lost_claims = Run.State.PENDING, None, 0
    work.open = False
    journal.keep(work, step)


def stops_workers(work: Work, journal: Journal) -> bool:
    """A run whose claims keep ending without a word stops, or it would stop every worker."""
    step = work.next_step()
    if work.run.lost_claims < MOST_LOST_CLAIMS or step is None:
        return False
    # With an intent the last of these workers may have acted: a person has to look first.
    kind = Permanent if step.intent_at is None else Unknown
    error = kind(
        "worker_lost",
        f"{work.run.lost_claims} workers ended while they executed this run.",
        hint="Look at the workers' logs and memory, then replay.",
    )
    stop(work, step, error, journal)
    journal.flush()
    return True
