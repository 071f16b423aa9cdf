"""One step as fields: its id, the parameters of its action, and whether it needs approval."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from portal.builder.controls import Control
from portal.builder.kinds import KINDS, YAML
from portal.builder.parameters import Block, block_of
from portal.builder.strict import same, yaml_of
from provisioning.actions.base import Action
from provisioning.rules.problems import Path

Actions = Mapping[str, Action[Any]]
_STEP_KEYS = {"id", "action", "with", "approval"}


@dataclass(slots=True)
class StepForm:
    number: int
    place: Path
    action: str = ""
    title: str = ""
    summary: str = ""
    effect: str = ""
    id: Control | None = None
    block: Block | None = None
    approval: Control | None = None
    raw: Control | None = None
    outputs: tuple[tuple[str, str], ...] = ()
    sentence: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.id.value if self.id else ""

    @property
    def asks(self) -> bool:
        """Whether somebody has to agree because of this step."""
        return self.approval is not None and self.approval.value == "required"

    def controls(self) -> Iterator[Control]:
        yield from (one for one in (self.id, self.approval, self.raw) if one)
        if self.block:
            yield from self.block.controls()


def step_form(number: int, data: JsonValue, actions: Actions) -> StepForm:
    place: Path = ("do", number - 1)
    if not isinstance(data, dict) or not _is_plain(data):
        text = yaml_of(data)
        raw = Control(f"s.{number}.raw", text, f"Step {number}", place, lines=text.count("\n") + 1)
        return StepForm(number, place, title="A step as YAML", raw=raw)
    name, given = str(data["action"]), data.get("with", {})
    action = actions.get(name)
    made = StepForm(number, place, name, action.title if action else name)
    made.id = Control(f"s.{number}.id", str(data.get("id", "")), "Id", (*place, "id"))
    made.id.help = "How later steps name what this one gives."
    made.approval = Control(f"s.{number}.approval", str(data.get("approval", "")), "Approval",
                            (*place, "approval"))  # fmt: skip
    inside = (*place, "with")
    if action is not None and isinstance(given, dict):
        made.summary, made.effect = action.summary, action.effect.value
        made.outputs = tuple(action.outputs.items())
        made.block = block_of(action.params, given, f"s.{number}.w", inside)
    else:
        text = KINDS[YAML].write(given)
        made.block = Block("", fields=[Control(f"s.{number}.with", text, "Parameters", inside,
                                               lines=text.count("\n") + 1)])  # fmt: skip
    made.block.tick = None if made.asks else made.approval
    return made


def _is_plain(data: Mapping[str, JsonValue]) -> bool:
    """Whether it says nothing but what has a field, each in its own shape."""
    action, given = data.get("action"), data.get("with", {"": ""})
    texts = [one for key, one in data.items() if key in ("id", "action")]
    shapely = all(isinstance(one, str) and one.strip() == one != "" for one in texts)
    known = data.keys() <= _STEP_KEYS and data.get("approval", "required") == "required"
    return known and bool(action) and shapely and not same(given, {})
