"""Bulk replay: each item is a run, and running it puts another run in its place."""

from collections.abc import Sequence
from datetime import datetime

from audit import trail
from provisioning.plans import effects, options
from provisioning.plans import facts as database
from provisioning.plans.effects import Sight
from provisioning.plans.models import LAST, Plan, PlanItem
from provisioning.runs import replays
from provisioning.runs.models import Run


class BulkReplay:
    noun = "run"
    verb = "Replay"

    def classify(self, plan: Plan, *, after: int = 0, up_to: int = LAST) -> None:
        database.classify(plan, options.read(plan.options), after, up_to)

    def examine(
        self, plan: Plan, items: Sequence[PlanItem], now: datetime, *, most_looks: int, look_to: int
    ) -> dict[int, Sight]:
        """Item id -> what it turned out to be, until `most_looks` targets were read.

        Items beyond position `look_to` are not looked at.
        """
        chosen = options.read(plan.options)
        known = database.facts(plan, chosen, items)
        loaded = {one.item.pk: one for one in effects.subjects(items, chosen, now)}
        found: dict[int, Sight] = {}
        looks = 0
        for item in items:
            fact = known[item.pk]
            if fact.klass != PlanItem.Class.WOULD_ACT:
                found[item.pk] = Sight(fact.klass, fact.sub_group, fact.why, [])
                continue
            if looks >= most_looks:
                break
            sight = effects.examine(loaded[item.pk], now, look=item.position <= look_to)
            found[item.pk] = sight
            looks += sight.looks
        return found

    def perform(self, plan: Plan, item: PlanItem, *, actor: trail.Actor) -> Run:
        """Make the run in the place of the item's. Raises CannotReplay."""
        chosen = options.read(plan.options)
        if item.run is None:
            raise replays.CannotReplay("The item has no run.")
        return replays.replay(
            item.run,
            actor=actor,
            from_start=chosen.from_start,
            current=chosen.current,
            origin=replays.Origin(plan.code, item.code, plan.requester, plan.requester_identity),
        )
