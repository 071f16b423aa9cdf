"""Everything the page of the builder shows, beside the form itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from portal.builder import checks, trying
from portal.builder.controls import Control
from portal.builder.form import Form
from portal.builder.known import known, times_text
from portal.builder.parameters import Block
from portal.masking import masked_text
from portal.run_story import utc_now
from provisioning.actions.registry import ACTIONS

#: Django reads at most 1,000 fields of one form.
MOST_FIELDS = 900


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address or the form asks for beside the definition."""

    subject: str = ""
    find: str | None = None
    focus: str = ""


def context(
    form: Form, definition: Mapping[str, JsonValue] | None, wanted: Wanted
) -> dict[str, Any]:
    """`definition` is None where the posted texts cannot be read; nothing is checked then."""
    types = _types(definition)
    seen = known(types, now=utc_now())
    subject = trying.subject_of(wanted.subject)
    looks = wanted.find is not None or subject is None
    tried = None
    if definition is not None:
        checks.mark(form, definition, ACTIONS, seen)
        tried = trying.try_on(subject, definition, form) if subject else None
    if wanted.focus == f"on.{len(form.types) + 1}" or not form.types:
        number = len(form.types) + 1
        form.types.append(Control(f"on.{number}", "", f"Event type {number}"))
    for control in form.types:
        control.count = times_text(seen.types.get(control.value))
    return {
        "form": form,
        "wrong": form.wrong(),
        "known": seen,
        "types": [(one, times_text(n)) for one, n in seen.types.items() if masked_text(one) == one],
        "actions": sorted(ACTIONS.values(), key=lambda action: action.title),
        "subject": subject,
        "missing": bool(wanted.subject) and subject is None,
        "tried": tried,
        "find": wanted.find,
        "choices": trying.found(wanted.find or "", types) if looks else None,
        "focus": _focus(form, wanted.focus),
        "outputs": _outputs(form),
    }


def _types(definition: Mapping[str, JsonValue] | None) -> list[str]:
    listed = definition.get("on") if definition else None
    return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []


def _focus(form: Form, focus: str) -> str:
    """The first field of a step that is named as a whole, else the name as it is."""
    for step in form.steps:
        if focus == f"s.{step.number}" and step.block:
            return next((one.name for one in _first(step.block.fields)), focus)
    return focus


def _first(fields: Sequence[Control | Block]) -> list[Control]:
    return [one for one in fields if isinstance(one, Control)]


def _outputs(form: Form) -> list[tuple[str, str]]:
    return [
        (f"steps.{step.key}.output.{name}", help_text)
        for step in form.steps[:-1]
        if step.key
        for name, help_text in step.outputs
    ]
