"""What a run would do, as somebody has to agree to it.

Computed by one function for the request, at the click and before the first call. Nothing here
calls anybody or writes.
"""

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import JsonValue

from audit.canonical import clean
from provisioning.actions.base import Action, Params, Permanent
from provisioning.rules.problems import Path, path_text
from provisioning.rules.templating import TemplateProblem, html_keys, references, render
from provisioning.runs import rendering
from provisioning.runs.models import Step
from provisioning.runs.work import Work

Json = dict[str, Any]
NOT_READ: Json = {"read": False, "why": "It was not read."}


class CannotFill(Exception):  # noqa: N818
    """A step of the run cannot be filled in, so there is nothing that one could agree to."""

    def __init__(self, step: Step, error: Permanent) -> None:
        super().__init__(str(error))
        self.step, self.error = step, error


def content_of(work: Work, looks: Mapping[str, Json]) -> Json:
    """What would be called for whom and why. `looks`: step key -> the state before, as read.

    Raises CannotFill.
    """
    run = work.run
    todo = [step for step in work.steps if step.state not in Step.DONE_STATES]
    calls = calls_of(work, {step.key for step in todo})
    content = {
        "person": {
            "id": run.person_id,
            "login": run.person_login,
            "status": work.person.status if work.person else "",
        },
        "event": {"code": run.event.code, "type": run.event.event_type},
        "rule": {
            "name": run.rule.name,
            "version": run.version.number,
            "sha256": run.version.digest,
            "on": run.rule.enabled,
            "is_current": run.rule.current_id == run.version_id,
        },
        "done_before": [step.key for step in work.steps if step not in todo],
        "steps": [call | {"before": looks.get(call["key"], NOT_READ)} for call in calls],
    }
    cleaned: Json = clean(content)
    return cleaned


def calls_of(work: Work, keys: Collection[str]) -> list[Json]:
    """What the steps of these keys would call, with the outputs of the others. CannotFill."""
    outputs = {
        step.key: {"output": step.output}
        for step in work.steps
        if step.key not in keys and step.output
    }
    names = work.names | {"steps": outputs}
    return [clean(_call(step, names, keys)) for step in work.steps if step.key in keys]


def without_looks(content: Mapping[str, Any]) -> Json:
    """The content without what was seen of the targets."""
    steps = [{k: v for k, v in step.items() if k != "before"} for step in content["steps"]]
    return {**content, "steps": steps}


def looks_of(content: Mapping[str, Any]) -> dict[str, Json]:
    return {step["key"]: step["before"] for step in content["steps"]}


def _call(step: Step, names: Mapping[str, JsonValue], unknown: Collection[str]) -> Json:
    params: Params | None
    try:
        action = rendering.action_of(step)
        later = _waits(step.template, unknown)
        if later:
            values: JsonValue = _filled_but(step, action, names, unknown)
            params = _tried(action, values)
        else:
            values = rendering.rendered(step, action, names)
            params = rendering.validated(action, values)
            action.refuse_problems(params)
    except Permanent as error:
        raise CannotFill(step, error) from None
    return {
        "key": step.key,
        "action": action.name,
        "effect": action.effect.value,
        "says": action.describe(params) if params else action.title,
        "target": action.target(params) if params else "",
        "parameters": values,
        "filled_later": later,
    }


def _waits(value: JsonValue, unknown: Collection[str], path: Path = ()) -> list[str]:
    """Where `value` uses outputs of steps that are not known yet."""
    places = [
        path_text(place)
        for place, reference in references(value, path)
        if reference.path[0] == "steps" and (reference.path[1:2] or [""])[0] in {"", *unknown}
    ]
    return list(dict.fromkeys(places))


def _filled_but(
    step: Step, action: Action[Any], names: Mapping[str, JsonValue], unknown: Collection[str]
) -> JsonValue:
    """The parameters with their templates filled; texts that wait stay as they are written."""
    html = html_keys(action.params)

    def fill(value: JsonValue, key: str) -> JsonValue:
        if isinstance(value, dict):
            return {name: fill(part, key or name) for name, part in value.items()}
        if isinstance(value, list):
            return [fill(part, key) for part in value]
        if _waits(value, unknown):
            return value
        return _alone(value, key, names, html)

    return fill(step.template, "")


def _alone(
    value: JsonValue, key: str, names: Mapping[str, JsonValue], html: frozenset[str]
) -> JsonValue:
    try:
        filled = render({key: value}, names, html=html)
    except TemplateProblem as problem:
        hint = rendering.HINT_RULE
        raise Permanent("template_error", str(problem), hint=hint) from None
    return filled[key] if isinstance(filled, dict) else filled


def _tried(action: Action[Any], values: JsonValue) -> Params | None:
    """The parameters if they pass with their templates unfilled."""
    try:
        return rendering.validated(action, values)
    except Permanent:
        return None
