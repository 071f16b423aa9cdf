"""A stored or fresh trace as the rows of a truth table, for components/_truth.html."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.masking import masked, masked_text
from provisioning.rules.describing import check_text, value_text

_GROUPS = {"all": "All of these", "any": "At least one of these", "not": "Not"}


@dataclass(frozen=True, slots=True)
class Row:
    """`result`: true, false, or not_needed where another condition had settled it already."""

    result: str
    said: str
    seen: str
    children: tuple["Row", ...] = ()


def rows(trace: Mapping[str, Any] | None) -> list[Row]:
    """The rows of a trace (`conditions.Trace`); none where a rule has no conditions."""
    if not trace or trace.get("kind") == "always":
        return []
    return [_row(trace, settled=False)]


def _row(trace: Mapping[str, Any], *, settled: bool) -> Row:
    result = "true" if trace.get("result") else "not_needed" if settled else "false"
    if trace.get("kind") == "check":
        return Row(result, masked_text(_said(trace)), _seen(trace))
    # Once one of "at least one of these" holds, what the others say does not matter.
    settles = trace.get("kind") == "any" and bool(trace.get("result"))
    children = tuple(_row(child, settled=settled or settles) for child in trace["children"])
    return Row(result, _GROUPS.get(str(trace.get("kind")), ""), "", children)


def _said(trace: Mapping[str, Any]) -> str:
    return check_text(trace["field"], trace["op"], _wanted(trace.get("wanted")))


def _wanted(value: Any) -> Any:
    """A trace keeps lists as JSON text; as a list they read better."""
    if not isinstance(value, str) or not value.startswith("["):
        return value
    try:
        return json.loads(value)
    except ValueError:  # it was cut
        return value


def _seen(trace: Mapping[str, Any]) -> str:
    """What was found, with the value before where the condition is about a change."""
    name = str(trace["field"]).rpartition(".")[2]
    saw = "no value" if trace.get("saw") is None else value_text(masked({name: trace["saw"]})[name])
    if trace.get("before") is not None:
        saw = f"{saw}, before: {value_text(masked({name: trace['before']})[name])}"
    note = str(trace.get("note") or "")
    return masked_text(f"{saw} ({note})" if note and note != "no value" else saw)
