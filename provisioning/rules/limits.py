"""What a rule may say of limits: how much may happen in a while before people have to look."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StrictInt,
    Tag,
    field_validator,
)

from provisioning.rules.tree import TAG, sentence

WINDOW = "^[1-9][0-9]{0,3}[mhd]$"
SHARE = r"^[0-9]{1,3}%$"
LONGEST = timedelta(days=7)
MOST = 1_000_000
_MINUTES = {"m": 1, "h": 60, "d": 24 * 60}
EFFECTS = ("grant", "revoke", "update", "notify")

#: How many may happen at once, 0 included, or `none` for as many as may be.
Count = Annotated[
    Annotated[Literal["none"], Tag(f"{TAG}word")]
    | Annotated[StrictInt, Field(ge=0, le=MOST), Tag(f"{TAG}number")],
    Discriminator(lambda given: f"{TAG}{'word' if given == 'none' else 'number'}"),
]


class Limits(BaseModel):
    """More than this within the window, and the whole burst waits for people before it begins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per: str = Field(
        default="1h",
        pattern=WINDOW,
        title="Window",
        description="the window that is counted in, up to `7d`",
        examples=["1h"],
    )
    runs: Count | None = Field(
        default=None,
        description="runs in the window; `DEFAULT_LIMIT_RUNS` if left out, 0: each waits for "
        "people, `none`: no limit",
        examples=[50],
    )
    grant: Count | None = Field(
        default=None,
        title="Steps that grant",
        description="steps that give something; no limit if left out or `none`, 0: each waits",
        examples=[20],
    )
    revoke: Count | None = Field(
        default=None,
        title="Steps that revoke",
        description="steps that take something away; `DEFAULT_LIMIT_REVOKES` if left out, 0: "
        "each waits for people, `none`: no limit",
        examples=[10],
    )
    update: Count | None = Field(
        default=None,
        title="Steps that update",
        description="steps that change something; no limit if left out or `none`, 0: each waits",
        examples=[100],
    )
    notify: Count | None = Field(
        default=None,
        title="Steps that notify",
        description="steps that tell somebody; no limit if left out or `none`, 0: each waits",
        examples=[200],
    )
    share: str | None = Field(
        default=None,
        pattern=SHARE,
        title="Share of people",
        description="people in the window, as a share of the people this rule covers, rounded up, "
        "from `1%`; no limit if left out. It covers those whose profile does not rule its "
        "conditions out, counted every 15 minutes; before the first count, everybody known",
        examples=["20%"],
    )

    @field_validator("per")
    @classmethod
    def _not_too_long(cls, per: str) -> str:
        if _duration(per) > LONGEST:
            raise sentence(f"`{per}` is too long.", "up to 7d")
        return per

    @field_validator("share")
    @classmethod
    def _some_of_all(cls, share: str | None) -> str | None:
        if share is not None and int(share[:-1]) > 100:
            raise sentence(f"`{share}` is more than everybody.", "up to 100%")
        if share is not None and not int(share[:-1]):
            raise sentence(
                f"`{share}` is nobody. Leave `share` out for no limit, or write `runs: 0` "
                "to have each run wait.",
                "from 1%",
            )
        return share

    @property
    def window(self) -> timedelta:
        return _duration(self.per)

    @property
    def percent(self) -> int:
        """Share of the people, in whole percent; 0 where it is left out, for no limit."""
        return int(self.share[:-1]) if self.share else 0


def _duration(text: str) -> timedelta:
    return timedelta(minutes=int(text[:-1]) * _MINUTES[text[-1]])


def _shape(value: Any) -> str:
    return "mapping" if isinstance(value, dict | Limits) else "word"


Given = Annotated[
    Annotated[Literal["none"], Tag(f"{TAG}word")] | Annotated[Limits, Tag(f"{TAG}mapping")],
    Discriminator(lambda value: f"{TAG}{_shape(value)}"),
]
