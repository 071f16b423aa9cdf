"""What a look, an act or an error leaves on its step and attempt, fit to be stored."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from audit.canonical import clean_text, storable
from provisioning.actions.base import ActionError, Look, Outcome
from provisioning.runs.models import Step


def record_look(step: Step, look: Look) -> None:
    step.before = storable(dict(look.state))


def record_outcome(step: Step, outcome: Outcome, after: Look | None, *, now: datetime) -> None:
    step.output = storable(dict(outcome.output))
    step.after = storable(dict(after.state)) if after else None
    step.error_code = step.error = step.hint = ""
    step.finished_at = now


def record_error(step: Step, error: ActionError) -> None:
    step.error_code = error.code
    step.error = clean_text(error.message)
    step.hint = clean_text(error.hint)


def attempt_of(error: ActionError) -> Mapping[str, Any]:
    return {
        "error_code": error.code,
        "error": clean_text(error.message),
        "hint": clean_text(error.hint),
        "http_status": error.http_status,
        "request_ids": storable(list(error.request_ids)),
    }
