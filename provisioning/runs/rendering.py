"""Filling in what a step calls: one function for what is shown, agreed to and executed."""

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue, ValidationError

from provisioning.actions import registry
from provisioning.actions.base import Action, Params, Permanent
from provisioning.rules.templating import TemplateProblem, html_keys, render
from provisioning.runs.models import Step

HINT_RULE = "Change the rule, or what Okta holds of this person, and replay."


def rendered(step: Step, action: Action[Any], names: Mapping[str, JsonValue]) -> JsonValue:
    """The step's parameters with their templates filled. Raises Permanent."""
    path = ("do", step.position - 1, "with")
    try:
        return render(step.template, names, path, html=html_keys(action.params))
    except TemplateProblem as problem:
        raise Permanent("template_error", str(problem), hint=HINT_RULE) from None


def validated(action: Action[Any], values: JsonValue) -> Params:
    """Filled parameters as the action takes them. Raises Permanent."""
    try:
        params: Params = action.params.model_validate(values)
    except ValidationError as error:
        raise Permanent("bad_parameters", _first_problem(error), hint=HINT_RULE) from None
    return params


def action_of(step: Step) -> Action[Any]:
    """Raises Permanent where there is no such action any more."""
    try:
        return registry.get(step.action)
    except registry.UnknownAction as problem:
        raise Permanent("unknown_action", str(problem), hint=HINT_RULE) from None


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in problem["loc"])
    return f"{where}: {problem['msg']}" if where else str(problem["msg"])
