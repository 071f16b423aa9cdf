"""What a posted builder leads to: a draft that is kept, or why not. Nothing of it is lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from pydantic import JsonValue

from audit import trail
from audit.redaction import MASK
from portal.builder import operations
from portal.builder.controls import Control
from portal.builder.form import Form, form, form_of
from portal.builder.kinds import plain_lines
from portal.builder.parts import Parts, posted_parts
from portal.builder.strict import same
from portal.masking import masked
from provisioning.actions.registry import ACTIONS
from provisioning.rules import drafts
from provisioning.rules.drafts import DraftRefused
from provisioning.rules.models import Draft, Rule

STILL_HIDDEN = "A secret is hidden here. Write the value again, best as a reference."
#: names that end with the kind of the field, which follows from the value
_WITH_KIND = ("s.", "approval.", "limits.")
NOT_READ = "Nothing was saved: a text below cannot be read."
GONE = "This draft was published or discarded meanwhile; nothing was saved."


@dataclass(slots=True)
class Edited:
    """`parts` is what was posted, after the operation; `focus` is where to go on."""

    parts: Parts
    posted: Mapping[str, str]
    focus: str = ""
    refused: str = ""
    wrong: dict[str, str] = field(default_factory=dict)


def edited(
    posted: Mapping[str, str], operation: str, name: str, before: Mapping[str, JsonValue]
) -> Edited:
    """What was posted, with the operation done; `before` is what the form was made from."""
    posted = with_secrets(posted, before)
    parts = posted_parts(posted, name)
    wrong = {
        **parts.problems,
        **{key: STILL_HIDDEN for key, text in posted.items() if MASK in text and key in _of(parts)},
    }
    if wrong:
        return Edited(parts, posted, next(iter(wrong)), NOT_READ, wrong)
    word, number = operations.parse(operation)
    return _done(Edited(parts, posted), word, number, posted.get("new-step", ""))


def _of(parts: Parts) -> dict[str, str]:
    return form(parts, ACTIONS).fields()


def _done(edited: Edited, word: str, number: tuple[int, ...], action: str) -> Edited:
    parts = edited.parts
    if word == "add-type":
        edited.focus = f"on.{len(parts.on) + 1}"
        if len(parts.on) >= operations.MOST_TYPES:
            edited.refused = f"A rule starts on at most {operations.MOST_TYPES} event types."
    elif word == "remove-type":
        operations.on_list(parts.on, "remove", number)
        edited.focus = "add-type"
    elif word == "add-step":
        _add_step(edited, action)
    elif word in ("remove-step", "step-up", "step-down"):
        operations.on_list(parts.steps, word.removesuffix("-step").removeprefix("step-"), number)
        shift = {"step-up": -1, "step-down": 1}.get(word, 0)
        edited.focus = _moved(number[0] + shift, parts, word) if shift and number else "add-step"
    else:
        done = operations.on_tree(parts.tree, word, number)
        parts.tree, edited.focus, edited.refused = done.tree, done.focus, done.refused
    return edited


def _moved(number: int, parts: Parts, word: str) -> str:
    """The button that the step has at its new place: the first has no `up`, the last no `down`."""
    word = "step-down" if number <= 1 else "step-up" if number >= len(parts.steps) else word
    return f"{word}:{number}"


def _add_step(edited: Edited, action: str) -> None:
    steps = edited.parts.steps
    if action not in ACTIONS:
        edited.refused, edited.focus = "Choose what the new step shall do, then add it.", "new-step"
    elif len(steps) >= operations.MOST_STEPS:
        edited.refused = f"A rule has at most {operations.MOST_STEPS} steps."
    else:
        steps.append(dict(operations.new_step(action, steps)))
        edited.focus = f"s.{len(steps)}"


def with_secrets(posted: Mapping[str, str], before: Mapping[str, JsonValue]) -> dict[str, str]:
    """What was posted, with a field that was shown masked and left so as it really is."""
    real, shown = (form_of(one, ACTIONS).fields() for one in (before, masked(dict(before))))
    kept = {name: text for name, text in shown.items() if real.get(name, text) != text}
    return {
        name: real[name] if name in kept and plain_lines(text) == kept[name] else text
        for name, text in posted.items()
    }


@transaction.atomic
def keep(
    draft: Draft | None,
    rule: Rule | None,
    definition: dict[str, JsonValue],
    *,
    seen: str,
    before: Mapping[str, JsonValue],
    actor: trail.Actor,
) -> Draft | None:
    """Save the draft; begin one where the rule has none and something differs.

    Raises DraftRefused.
    """
    if draft is None:
        if seen or rule is None:
            raise DraftRefused(GONE)
        if same(definition, before):
            return None
        draft = drafts.start(rule, actor=actor)
        seen = draft.seen
    elif not seen:
        raise DraftRefused(
            f"{draft.author} began a draft of this rule after you opened it; nothing was saved."
        )
    return drafts.save(draft, seen=seen, definition=definition, actor=actor)


def shown_again(edited: Edited) -> Form:
    """The form as it was posted, with every text that cannot be read in its own field."""
    shown = form(edited.parts, ACTIONS)
    if "rest" in edited.wrong and shown.rest is None:
        shown.rest = Control("rest", "", "Other keys", lines=4)
    for control in shown.controls():
        for key, sentence in edited.wrong.items():
            if key == control.name or (
                key.startswith(_WITH_KIND) and _stem(key) == _stem(control.name)
            ):
                control.name, control.value = key, edited.posted[key]
                control.lines = max(control.lines, control.value.count("\n") + 1)
                control.problems.append(sentence)
    return shown


def _stem(name: str) -> str:
    return name.rpartition(".")[0]
