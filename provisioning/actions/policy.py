"""The least-privilege IAM policy that a set of steps needs."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from provisioning.actions.base import Action, Params

_Conditions = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def policy_for(steps: Iterable[tuple[Action[Any], Params]]) -> dict[str, Any]:
    """An IAM policy document; parameters may still hold templates, which become `*`.

    Statements with the same actions and conditions are put together. A document without
    statements means that no step calls AWS.
    """
    merged: dict[tuple[tuple[str, ...], _Conditions], set[str]] = defaultdict(set)
    for action, params in steps:
        for statement in action.statements(params):
            conditions: _Conditions = tuple(
                (operator, tuple(sorted(values.items())))
                for operator, values in sorted(statement.conditions.items())
            )
            merged[tuple(sorted(statement.actions)), conditions].update(statement.resources)
    return {
        "Version": "2012-10-17",
        "Statement": [
            _statement(actions, conditions, resources)
            for (actions, conditions), resources in sorted(merged.items())
        ],
    }


def _statement(
    actions: tuple[str, ...], conditions: _Conditions, resources: set[str]
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": sorted(resources),
    }
    if conditions:
        made["Condition"] = {operator: dict(values) for operator, values in conditions}
    return made
