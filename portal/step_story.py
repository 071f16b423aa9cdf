"""One step of a run as its page tells it: what was done, when, what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from portal import charts, diffing, jsonview, times
from portal.jsonview import Code
from portal.masking import masked, masked_text
from provisioning.actions.registry import ACTIONS
from provisioning.runs.models import Attempt, Run, Step

#: Attempts shown; a step that was retried for a day has some two hundred.
MOST_TRIES = 25
_OPEN = (Step.State.FAILED, Step.State.UNKNOWN, Step.State.RETRYING, Step.State.RUNNING)
_RESULTS = {
    Attempt.Result.ACTED: "succeeded",
    Attempt.Result.ALREADY: "already",
    Attempt.Result.TRANSIENT: "failed",
    Attempt.Result.PERMANENT: "failed",
    Attempt.Result.UNKNOWN: "unknown",
    Attempt.Result.LOST: "unknown",
}


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt; `wait` is until the next one, None where there is no next."""

    number: int
    started_at: datetime
    took: timedelta
    state: str
    result: str
    error: str
    request_ids: tuple[str, ...]
    wait: timedelta | None
    log: str


@dataclass(frozen=True, slots=True)
class StepStory:
    """What components/_step.html and runs/_step_body.html draw."""

    id: str
    state: str
    title: str
    said: str
    took: timedelta | None
    lane: charts.Lane | None
    open: bool
    target: str
    tries: tuple[Try, ...]
    tries_left_out: int
    input: Code | None
    template: Code
    output: Code | None
    error: Code | None
    hint: str
    changes: tuple[diffing.Change, ...]
    before: Code | None


def step_story(
    run: Run, step: Step, attempts: Sequence[Attempt], span: tuple[datetime, datetime] | None
) -> StepStory:
    """`span` is from when until when the run's lane goes; None before it has begun."""
    shown = attempts[-MOST_TRIES:]
    compared = step.before is not None and step.after is not None
    return StepStory(
        id=f"step-{step.key}",
        state=step.state,
        title=f"{step.position}. {title_of(step.action)}",
        said=_said(run, step),
        took=_took(step, attempts),
        lane=_lane(step, attempts, span),
        open=step.state in _OPEN,
        target=masked_text(step.target),
        tries=tuple(_try(one) for one in shown),
        tries_left_out=len(attempts) - len(shown),
        input=_code(step.input),
        template=jsonview.json_code(masked(step.template)),
        output=_code(step.output),
        error=_error(step, attempts),
        hint=masked_text(step.hint),
        changes=tuple(diffing.changes(masked(step.before), masked(step.after))) if compared else (),
        before=None if compared else _code(step.before),
    )


def title_of(action: str) -> str:
    known = ACTIONS.get(action)
    return known.title if known else action


def sentence_of(step: Step) -> str:
    """What the step does with its resolved input, in a sentence; empty while it has none."""
    action = ACTIONS.get(step.action)
    if action is None or step.input is None:
        return ""
    try:
        return masked_text(action.describe(action.params.model_validate(step.input)))
    except ValidationError:
        return ""


def _said(run: Run, step: Step) -> str:
    sentence = sentence_of(step)
    if step.state == Step.State.WAITING:
        return f"{step.key}, {_waits_for(run, step)}"
    if step.state == Step.State.KEPT:
        return f"Kept from the run before, not called again. {sentence}".strip()
    if step.state == Step.State.ALREADY:
        return f"{sentence} It was so already: nothing was done.".strip()
    return sentence or step.key


def _waits_for(run: Run, step: Step) -> str:
    at = run.steps_done + 1
    return f"waits for step {at}" if step.position > at else "not begun yet"


def _took(step: Step, attempts: Sequence[Attempt]) -> timedelta | None:
    if step.started_at is None or step.state == Step.State.KEPT:
        return None
    end = step.finished_at or (attempts[-1].finished_at if attempts else None)
    return end - step.started_at if end else None


def _lane(
    step: Step, attempts: Sequence[Attempt], span: tuple[datetime, datetime] | None
) -> charts.Lane | None:
    if step.state == Step.State.KEPT:
        return charts.Lane((), "done in the run before")
    if span is None or not attempts:
        return None
    marks = [
        (one.started_at, one.finished_at, "ok" if _good(one) else "bad")
        for one in attempts[-MOST_TRIES:]
    ]
    first = times.duration(max(attempts[0].started_at - span[0], timedelta()))
    count = f"{len(attempts)} attempt{'' if len(attempts) == 1 else 's'}"
    return charts.lane(*span, marks, f"{count}, the first {first} after the start")


def _good(attempt: Attempt) -> bool:
    return attempt.result in (Attempt.Result.ACTED, Attempt.Result.ALREADY)


def _try(one: Attempt) -> Try:
    parts = (str(one.http_status or ""), one.error_code)
    said = " ".join(part for part in parts if part) if one.error_code else ""
    return Try(
        number=one.number,
        started_at=one.started_at,
        took=one.finished_at - one.started_at,
        state=_RESULTS[Attempt.Result(one.result)],
        result=masked_text(said) or one.get_result_display(),
        error=masked_text(one.error),
        request_ids=tuple(masked_text(str(code)) for code in one.request_ids or ()),
        wait=one.retry_at - one.finished_at if one.retry_at else None,
        log=masked_text(one.log),
    )


def _error(step: Step, attempts: Sequence[Attempt]) -> Code | None:
    if not step.error_code:
        return None
    last = attempts[-1] if attempts else None
    facts = {
        "code": step.error_code,
        "http_status": last.http_status if last else None,
        "message": step.error,
        "request_ids": last.request_ids if last else None,
    }
    return jsonview.json_code(masked({key: value for key, value in facts.items() if value}))


def _code(value: object) -> Code | None:
    return None if value is None else jsonview.json_code(masked(value))
