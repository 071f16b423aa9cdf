"""What a rule may say. One schema serves YAML, forms and the API."""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictBool, field_validator

from provisioning.rules.approval import EXPIRES, Approval, Demand
from provisioning.rules.patterns import group_names
from provisioning.rules.templating import references
from provisioning.rules.tree import AllOf, AnyOf, Check, Condition, Negation, sentence

NAME = "^[a-z0-9][a-z0-9-]{1,62}$"
STEP_ID = "^[a-z][a-z0-9_-]{0,39}$"
EVENT_TYPE = r"^[a-z][a-z0-9_]*(\.[A-Za-z0-9_]+)+$"
MAX_DEPTH = 8

#: where a pattern above is broken, this says what it asks for
PATTERNS = {
    NAME: "2 to 63 of a-z, 0-9 and -, not beginning with -",
    STEP_ID: "up to 40 of a-z, 0-9, _ and -, beginning with a letter",
    EVENT_TYPE: "an Okta event type such as user.lifecycle.create",
    EXPIRES: "hours or days such as 12h or 4d",
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class StepDefinition(_Part):
    """One action with its parameters."""

    id: str = Field(
        pattern=STEP_ID,
        description="how later steps name it in `steps.<id>.output`; made from the action's name "
        "if left out",
        examples=["folder"],
    )
    action: str = Field(description="one of the actions below", examples=["email.send"])
    with_: dict[str, JsonValue] = Field(
        default_factory=dict,
        alias="with",
        description="the action's parameters; texts may hold templates",
        examples=[{"to": "{{ user.profile.email }}"}],
    )
    approval: Literal["none", "required"] = Field(
        default="none",
        description="`required`: somebody has to agree before the first step of the run is done",
    )


class Definition(_Part):
    """A rule: when one of these events arrives and the conditions hold, do these steps in order."""

    name: str = Field(
        pattern=NAME,
        description="the rule's name, unique, never changed",
        examples=["marketing-s3-folder"],
    )
    kind: Literal["event"] = Field(
        description="`event`: steps are done when an event matches", examples=["event"]
    )
    title: str | None = Field(default=None, max_length=200, description="a name for people")
    description: str | None = Field(
        default=None, max_length=2_000, description="what it is for, and for whom"
    )
    enabled: StrictBool = Field(default=True, description="a rule that is off matches nothing")
    on: list[Annotated[str, Field(pattern=EVENT_TYPE, max_length=200)]] = Field(
        min_length=1,
        max_length=50,
        description="Okta event types, each written out",
        examples=[["user.lifecycle.create"]],
    )
    when: Condition | None = Field(default=None, description="the conditions; always, if left out")
    do: list[StepDefinition] = Field(
        min_length=1, max_length=50, description="the steps, done in this order"
    )
    approval: Approval = Field(
        default="none",
        description="who has to agree before anything is done: `none`, `required`, or a mapping "
        "with the keys below",
        examples=["required"],
    )

    @field_validator("on")
    @classmethod
    def _each_once(cls, on: list[str]) -> list[str]:
        twice = sorted({event_type for event_type in on if on.count(event_type) > 1})
        if twice:
            raise sentence(f"The event type `{twice[0]}` is there twice.")
        return on

    @field_validator("when")
    @classmethod
    def _not_too_deep(cls, when: Condition | None) -> Condition | None:
        if when is not None and _depth(when) > MAX_DEPTH:
            raise sentence(f"The conditions are nested deeper than {MAX_DEPTH} levels.")
        return when

    @property
    def label(self) -> str:
        return self.title or self.name

    @property
    def needs_user(self) -> bool:
        """Whether the person has to be read from Okta to match or to render."""
        return bool(self._roots & {"user", "previous"})

    @property
    def needs_groups(self) -> bool:
        return "groups" in self._roots

    @cached_property  # asked for each match
    def demand(self) -> Demand | None:
        """Who has to agree before a run of this does anything; None where nobody has to."""
        if isinstance(self.approval, Demand):
            return self.approval
        steps = any(step.approval == "required" for step in self.do)
        return Demand() if steps or self.approval == "required" else None

    def canonical(self) -> dict[str, Any]:
        """Plain data without defaults, so that a new optional key changes no stored digest."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    def digest(self) -> str:
        """SHA-256, in hex, over the RFC 8785 bytes of `canonical`."""
        return hashlib.sha256(rfc8785.dumps(self.canonical())).hexdigest()

    @cached_property  # asked for each event
    def _roots(self) -> set[str]:
        used = {check.path[0] for check in checks_of(self.when)}
        for step in self.do:
            used |= {str(reference.path[0]) for _, reference in references(step.with_)}
        return used


def demands_approval(definition: Mapping[str, Any]) -> bool:
    """Whether a stored definition demands an approval; cheap enough to ask for every run."""
    asked = (definition, *definition["do"])
    return any(part.get("approval", "none") != "none" for part in asked)


def checks_of(node: Condition | None) -> Iterator[Check]:
    """Every single condition of a tree, in the order in which they are written."""
    match node:
        case Check():
            yield node
        case Negation():
            yield from checks_of(node.part)
        case AllOf() | AnyOf():
            for part in node.parts:
                yield from checks_of(part)


def _depth(node: Condition) -> int:
    match node:
        case Check():
            return 1
        case Negation():
            return 1 + _depth(node.part)
        case AllOf() | AnyOf():
            return 1 + max(_depth(part) for part in node.parts)


def match_names(node: Condition | None) -> set[str]:
    """The names that `match.*` can have: the named groups of all patterns."""
    return {
        name
        for check in checks_of(node)
        if check.op == "matches"
        for name in group_names(str(check.value))
    }
