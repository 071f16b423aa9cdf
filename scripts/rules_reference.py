"""Writes the reference part of docs/rules.md from the schemas: `python -m scripts.rules_reference`.

With `--check` nothing is written; the exit code is 1 if the file is not up to date.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import django
from pydantic import BaseModel

from provisioning.actions.base import Action, Params
from provisioning.rules.approval import Demand
from provisioning.rules.fields import FIELD_ROOTS, TEMPLATE_ROOTS
from provisioning.rules.filters import FILTERS
from provisioning.rules.operators import OPERATORS
from provisioning.rules.schema import Definition, StepDefinition
from provisioning.rules.tree import Check

DOCUMENT = Path(__file__).parents[1] / "docs" / "rules.md"
BEGIN = "<!-- reference: begin (made by scripts/rules_reference.py, do not edit) -->"
END = "<!-- reference: end -->"


def reference(actions: Sequence[Action[Any]]) -> str:
    """The reference as Markdown."""
    return "\n".join(
        [
            *_keys("### Keys of a rule", Definition),
            *_keys("### Keys of a step", StepDefinition),
            *_keys("### Keys of a condition", Check),
            *_keys("### Keys of `approval`", Demand),
            *_operators(),
            *_names(),
            *_filters(),
            *_actions(actions),
        ]
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _table(title: str, head: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    yield from ("", title, "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head))
    for row in rows:
        yield "| " + " | ".join(_cell(cell) for cell in row) + " |"


def _keys(title: str, model: type[BaseModel]) -> Iterator[str]:
    return _table(title, ("key", "required", "meaning", "example"), _fields(model))


def _fields(model: type[BaseModel], prefix: str = "") -> Iterator[Sequence[str]]:
    for name, field in model.model_fields.items():
        key = prefix + (field.alias or name)
        required = "yes" if field.is_required() and key != "id" else ""
        example = field.examples[0] if field.examples else None
        shown = "" if example is None else f"`{json.dumps(example, ensure_ascii=False)}`"
        yield f"`{key}`", required, field.description or "", shown
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, Params):
                yield from _fields(part, f"{key}.")


def _operators() -> Iterator[str]:
    rows = (
        (f"`{name}`", one.needs, "yes" if one.folds_case else "", one.help)
        for name, one in OPERATORS.items()
    )
    return _table("### Operators", ("`op`", "`value`", "`ignore_case`", "holds if"), rows)


def _names() -> Iterator[str]:
    rows = (
        (f"`{name}`", meaning, "yes" if name in FIELD_ROOTS else "")
        for name, meaning in TEMPLATE_ROOTS.items()
    )
    return _table("### Names", ("name", "what it holds", "in conditions too"), rows)


def _filters() -> Iterator[str]:
    rows = ((f"`{one.usage}`", one.help) for one in FILTERS.values())
    return _table("### Filters", ("filter", "gives the value"), rows)


def _actions(actions: Sequence[Action[Any]]) -> Iterator[str]:
    yield from ("", "### Actions")
    for action in sorted(actions, key=lambda one: one.name):
        yield from ("", f"#### `{action.name}`", "", f"{action.summary} {action.read_back}")
        yield from _keys("Parameters:", action.params)
        outputs = ((f"`{name}`", meaning) for name, meaning in action.outputs.items())
        yield from _table("Outputs:", ("output", "what it is"), outputs)


def written(document: str, made: str) -> str:
    """`document` with its reference part replaced by `made`."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{made}\n\n{END}{after}"


def main(arguments: Sequence[str]) -> int:
    from provisioning.actions.registry import ACTIONS  # noqa: PLC0415 - needs settings first

    old = DOCUMENT.read_text(encoding="utf-8")
    new = written(old, reference(list(ACTIONS.values())))
    if "--check" in arguments:
        if old != new:
            print("docs/rules.md is out of date; run: python -m scripts.rules_reference")
        return int(old != new)
    DOCUMENT.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    sys.exit(main(sys.argv[1:]))
