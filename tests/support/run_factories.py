"""Typed rows for tests of pages, continued: runs, their steps and attempts, and why they failed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from provisioning.actions.registry import ACTIONS
from provisioning.events.models import Event
from provisioning.rules.models import Rule
from provisioning.runs.models import Attempt, FailureGroup, Run, Step
from tests.support.factories import NOW, current_of, make_event, make_person, numbers


def make_run(
    rule: Rule,
    event: Event | None = None,
    *,
    states: Sequence[str] = (Step.State.SUCCEEDED, Step.State.SUCCEEDED),
    **values: object,
) -> Run:
    """A run with the steps of the rule's current version in these states; the run's own state,
    times and error follow from them unless given."""
    event = event or make_event(make_person())
    version = current_of(rule)
    stopped = next((s for s in states if s not in Step.DONE_STATES), None)
    state = values.pop("state", _state_after(stopped))
    defaults: dict[str, Any] = {
        "person_id": event.person_id,
        "person_login": event.person_login,
        "lane": event.lane,
        "published_at": event.published_at,
        "state": state,
        "step_count": len(states),
        "steps_done": sum(s in Step.DONE_STATES for s in states),
        "attempts": sum(s not in (Step.State.WAITING, Step.State.KEPT) for s in states),
        "due_at": NOW,
        "created_at": NOW,
        "started_at": None if state == Run.State.PENDING else NOW + timedelta(milliseconds=20),
        "finished_at": None if state in Run.OPEN_STATES else NOW + timedelta(seconds=9),
        "worker": "worker-1",
    }
    run = Run.objects.create(event=event, rule=rule, version=version, **{**defaults, **values})
    for position, (step_state, step) in enumerate(
        zip(states, version.definition["do"], strict=False), start=1
    ):
        make_step(run, position, step_state, key=step["id"], action=step["action"],
                  template=step["with"])  # fmt: skip
    return run


def _state_after(stopped: str | None) -> str:
    follows: dict[str | None, str] = {
        None: Run.State.SUCCEEDED,
        Step.State.FAILED: Run.State.FAILED,
        Step.State.UNKNOWN: Run.State.UNKNOWN,
        Step.State.RETRYING: Run.State.RETRYING,
        Step.State.RUNNING: Run.State.RUNNING,
    }
    return str(follows.get(stopped, Run.State.PENDING))


_INPUTS: dict[str, dict[str, Any]] = {
    "aws.s3.create_folder": {"bucket": "team-folders", "key": "marketing-Jane/"},
    "email.send": {
        "to": "jane.doe@acme.example",
        "subject": "Your folder is ready",
        "body": "It is s3://team-folders/marketing-Jane/.",
    },
}
_RESULTS = {
    Step.State.SUCCEEDED: Attempt.Result.ACTED,
    Step.State.ALREADY: Attempt.Result.ALREADY,
    Step.State.FAILED: Attempt.Result.PERMANENT,
    Step.State.UNKNOWN: Attempt.Result.UNKNOWN,
    Step.State.RETRYING: Attempt.Result.TRANSIENT,
}


def make_step(run: Run, position: int, state: str, **values: object) -> Step:
    """A step with one attempt where its state says that it was tried."""
    started = NOW + timedelta(seconds=position)
    tried = state not in (Step.State.WAITING, Step.State.KEPT)
    done = state in Step.DONE_STATES
    action = str(values["action"])
    defaults: dict[str, Any] = {
        "effect": ACTIONS[action].effect.value,
        "state": state,
        "input": _INPUTS.get(action) if tried or done else None,
        "target": "s3://team-folders" if action.startswith("aws.s3") else "mail",
        "before": {"object": "missing"} if tried else None,
        "output": {"url": "s3://team-folders/marketing-Jane/"} if done else None,
        "after": {"object": "there"} if done else None,
        "attempts": int(tried),
        "started_at": started if tried else None,
        "finished_at": started + timedelta(seconds=0.6) if tried else None,
    }
    if state in (Step.State.FAILED, Step.State.RETRYING, Step.State.UNKNOWN):
        defaults |= {
            "error_code": "NoSuchBucket",
            "error": "The bucket team-folders does not exist.",
            "hint": "Make the bucket, then replay.",
        }
    step = Step.objects.create(run=run, position=position, **{**defaults, **values})
    if tried and state in _RESULTS:
        make_attempt(step, 1, _RESULTS[Step.State(state)], started)
    return step


def make_attempt(
    step: Step, number: int, result: str, started_at: datetime, **values: object
) -> Attempt:
    defaults: dict[str, Any] = {
        "finished_at": started_at + timedelta(seconds=0.31),
        "error_code": step.error_code,
        "error": step.error,
        "hint": step.hint,
        "http_status": 404 if step.error_code else 200,
        "request_ids": [f"req-{step.pk}-{number}"],
        "worker": "worker-1",
        "fence": 1,
    }
    return Attempt.objects.create(
        step=step, number=number, started_at=started_at, result=result, **{**defaults, **values}
    )


def make_group(rule: Rule, *, runs: Sequence[Run] = (), **values: object) -> FailureGroup:
    """A cause, and these runs filed under it."""
    number = next(numbers)
    defaults: dict[str, Any] = {
        "key": f"key-{number}",
        "action": "aws.s3.create_folder",
        "target": "s3://team-folders",
        "error_code": "NoSuchBucket",
        "message": "The bucket team-folders does not exist.",
        "hint": "Make the bucket, then replay.",
        "advice": FailureGroup.Advice.FIX,
        "first_at": NOW,
        "last_at": NOW + timedelta(minutes=number % 50),
    }
    group = FailureGroup.objects.create(rule=rule, **{**defaults, **values})
    for run in runs:
        Run.objects.filter(pk=run.pk).update(
            group=group, error_code=group.error_code, error=group.message
        )
        run.refresh_from_db()
    return group
