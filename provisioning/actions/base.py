"""What an action is: the contract between the engine and one thing done outside.

The engine looks, writes its intent, acts, looks again and writes the outcome. An action knows
nothing of that: it reads (`look`) and it does (`act`), and says by exception what went wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict


class Effect(StrEnum):
    GRANT = "grant"
    REVOKE = "revoke"
    UPDATE = "update"
    NOTIFY = "notify"


class Params(BaseModel):
    """Parameters of an action. Each field has a description and an example.

    The model checks the shape only (which fields, which types), so that a definition whose text
    fields still hold `{{ … }}` passes it too. What the rendered values may be is checked by
    `Action.problems`, and once more by `act` itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


P = TypeVar("P", bound=Params)


@dataclass(frozen=True, slots=True)
class Context:
    """For whom and why an action is called; the same for every attempt of one step."""

    run: str
    step: str
    rule: str
    rule_version: int
    event_uuid: str
    now: datetime
    timeout: float = 60.0

    @property
    def once_key(self) -> str:
        """The same text for each attempt of this step, different for any other step."""
        return f"{self.run}.{self.step}"


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen at the target. `done`: the wish already holds there."""

    done: bool
    state: Mapping[str, Any] = field(default_factory=dict)
    output: Mapping[str, Any] = field(default_factory=dict)
    request_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action did. `output` is what later steps may use as `steps.<id>.output`."""

    output: Mapping[str, Any] = field(default_factory=dict)
    request_ids: Sequence[str] = ()
    http_status: int | None = None
    log: str = ""


@dataclass(frozen=True, slots=True)
class IamStatement:
    """One statement of the least-privilege policy an action needs."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class ActionError(Exception):
    """Base of what goes wrong outside. `code` is short and stable: failures are grouped by it."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        http_status: int | None = None,
        request_ids: Sequence[str] = (),
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.hint = hint
        self.http_status = http_status
        self.request_ids = tuple(request_ids)
        self.detail = dict(detail or {})


#: Seconds. A wait that a target names is not believed beyond: everything that follows in the
#: person's lane waits as well, and an absurd number would be no time at all.
LONGEST_WAIT = 3600.0


class Transient(ActionError):  # noqa: N818 - a class of error, named as the design names it
    """Worth another try by itself; `retry_after` in seconds where the target named it."""

    retry_after: float | None = None

    def after(self, seconds: float | None) -> "Transient":
        if seconds is not None and seconds >= 0:
            self.retry_after = min(seconds, LONGEST_WAIT)
        return self


class Permanent(ActionError):  # noqa: N818
    """Another try of the same call cannot succeed; a person has to change something first."""


class Unknown(ActionError):  # noqa: N818
    """The call may or may not have taken effect (a lost answer) and cannot be read back."""


class Action(Generic[P]):
    """One thing done outside. Subclasses are stateless; the registry holds one of each."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    effect: ClassVar[Effect]
    target_kind: ClassVar[str]
    params: type[P]
    #: name of an output value -> what it is
    outputs: ClassVar[Mapping[str, str]] = {}
    #: how the engine can tell afterwards whether the wish holds, in one sentence
    read_back: ClassVar[str]
    #: why `undo` gives nothing, in a sentence
    never_undone: ClassVar[str] = "What this did cannot be taken back."

    def readable(self, params: P) -> bool:
        """Whether `look` can tell if the wish holds. If not, a lost answer stays unknown."""
        raise NotImplementedError

    def look(self, params: P, context: Context) -> Look:
        """Read the target; called only when `readable`. Changes nothing."""
        raise NotImplementedError

    def act(self, params: P, context: Context) -> Outcome:
        """Do it, once. Raises Transient, Permanent or Unknown."""
        raise NotImplementedError

    def target(self, params: P) -> str:
        """What is acted on, such as `s3://team-folders`; failures are grouped by it."""
        raise NotImplementedError

    def describe(self, params: P) -> str:
        """One plain sentence saying what this will do, for previews and lists."""
        raise NotImplementedError

    def statements(self, params: P) -> Sequence[IamStatement]:
        """The IAM statements the caller needs; none where AWS is not called."""
        return ()

    def problems(self, params: P) -> Sequence[str]:
        """What is wrong with these rendered parameters, found offline; each a sentence."""
        return ()

    def undo(
        self,
        params: P,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        output: Mapping[str, Any],
    ) -> tuple[str, dict[str, Any]] | None:
        """The action, with its parameters, that takes back what this one did as it is recorded;
        None where nothing does."""
        return None

    def longest(self, params: P) -> float:
        """Seconds that one `act` may take at most; a lease has to outlive it."""
        return 60.0

    def refuse_problems(self, params: P) -> None:
        """Raise Permanent if `problems` finds any; `act` begins with it."""
        found = tuple(self.problems(params))
        if found:
            raise Permanent(
                "invalid_parameters",
                " ".join(found),
                hint="Change the rule or the data it is filled from.",
                detail={"problems": list(found)},
            )
