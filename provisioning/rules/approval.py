"""What a rule may say of approval: that none is needed, or how many of whom, within what time."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StrictInt,
    Tag,
    field_validator,
)

from provisioning.rules.tree import TAG, sentence

EXPIRES = "^[1-9][0-9]{0,2}[hd]$"
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=30)


class Demand(BaseModel):
    """Who has to agree before a run does anything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    needed: StrictInt = Field(
        default=1,
        ge=1,
        le=5,
        title="How many",
        description="how many different people have to agree",
        examples=[2],
    )
    roles: list[Literal["approver"]] = Field(
        default=["approver"],
        min_length=1,
        max_length=1,
        title="Who",
        description="who may decide",
        examples=[["approver"]],
    )
    expires: str = Field(
        default="4d",
        pattern=EXPIRES,
        title="Within",
        description="after how many hours or days nobody can agree any more and nothing is done, "
        "from `1h` to `30d`",
        examples=["12h"],
    )

    @field_validator("expires")
    @classmethod
    def _within_bounds(cls, expires: str) -> str:
        if not SHORTEST <= _duration(expires) <= LONGEST:
            raise sentence(f"`{expires}` is too short or too long.", "1h to 30d")
        return expires

    @property
    def expires_in(self) -> timedelta:
        return _duration(self.expires)


def _duration(text: str) -> timedelta:
    return timedelta(hours=int(text[:-1]) * (24 if text.endswith("d") else 1))


def _shape(value: Any) -> str:
    return "mapping" if isinstance(value, dict | Demand) else "word"


def _shortest(value: Any) -> Any:
    """The default mapping is `required`, so that both have one digest."""
    return "required" if value == Demand() else value


Approval = Annotated[
    Annotated[Literal["none", "required"], Tag(f"{TAG}word")]
    | Annotated[Demand, Tag(f"{TAG}mapping")],
    Discriminator(lambda value: f"{TAG}{_shape(value)}"),
    AfterValidator(_shortest),
]
