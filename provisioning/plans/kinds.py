"""The one table of kinds of plans: how each classifies, examines and runs its items."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from audit import trail
from provisioning.plans.effects import Sight
from provisioning.plans.models import LAST, Plan, PlanItem
from provisioning.plans.replaying import BulkReplay
from provisioning.plans.undoing import Undo
from provisioning.runs.models import Run
from provisioning.runs.replays import CannotReplay


class Kind(Protocol):
    #: what an item is, and what is done with it: `Replay 35 runs`
    noun: str
    verb: str

    def classify(self, plan: Plan, *, after: int = 0, up_to: int = LAST) -> None:
        """Give the items behind the one position, up to the other, their class, as far as the
        database knows; few statements for all."""

    def examine(
        self, plan: Plan, items: Sequence[PlanItem], now: datetime, *, most_looks: int, look_to: int
    ) -> dict[int, Sight]:
        """Item id -> what it is now. Workers only, outside transactions: it may read targets.
        It may leave out items at the end once `most_looks` targets were read."""

    def perform(self, plan: Plan, item: PlanItem, *, actor: trail.Actor) -> Run | None:
        """Run the item, in the caller's transaction. Raises CannotReplay with the reason, and
        then nothing of it is left."""


class Burst:
    """Its runs are made already; the gate holds them until the plan is decided as a whole."""

    noun = "run"
    verb = "Let go"

    def classify(self, plan: Plan, *, after: int = 0, up_to: int = LAST) -> None:
        """Its items have their classes from the start."""

    def examine(
        self, plan: Plan, items: Sequence[PlanItem], now: datetime, *, most_looks: int, look_to: int
    ) -> dict[int, Sight]:
        return {}

    def perform(self, plan: Plan, item: PlanItem, *, actor: trail.Actor) -> Run | None:
        raise CannotReplay("A burst is let go as a whole, by a decision.")


KINDS: Mapping[str, Kind] = {
    Plan.Kind.BULK_REPLAY: BulkReplay(),
    Plan.Kind.UNDO: Undo(),
    Plan.Kind.BURST: Burst(),
}
