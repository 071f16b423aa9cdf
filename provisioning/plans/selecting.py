"""Making a plan: what was asked for is resolved once, to a frozen list of items.

Whatever the filter or the failure group it came from finds later has no effect on the plan.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from audit import trail
from provisioning import bulk, wakeups
from provisioning.clocks import database_now
from provisioning.plans import counting
from provisioning.plans.checksums import checksum_of
from provisioning.plans.kinds import KINDS
from provisioning.plans.models import Plan, PlanItem
from provisioning.plans.options import Options, checked
from provisioning.runs.models import FailureGroup, Run

MOST_ITEMS = 100_000
_CHUNK = 5_000


class CannotPlan(Exception):  # noqa: N818
    """There is nothing to plan, or too much; the message says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One thing to be an item; `key` is what the checksum is over."""

    key: str
    run_id: int | None
    event_id: int | None
    person_id: str
    person_login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a plan is to be; `source` tells people what it was made from."""

    kind: str
    title: str
    items: Sequence[Chosen]
    options: Options = field(default_factory=Options)
    source: Mapping[str, Any] | None = None
    reason: str = ""


def runs_of(rows: QuerySet[Run]) -> list[Chosen]:
    """These runs, oldest event first. Raises CannotPlan if there are too many, or none."""
    columns = ("code", "pk", "event_id", "person_id", "person_login")
    ordered = rows.order_by("published_at", "pk").values_list(*columns)
    found = [Chosen(*row) for row in ordered[: MOST_ITEMS + 1]]
    if len(found) > MOST_ITEMS:
        raise CannotPlan(
            f"More than {MOST_ITEMS:,} runs match, and one plan holds no more. Narrow the filter."
        )
    if not found:
        raise CannotPlan("No run matches any more, so there is nothing to replay.")
    return found


def stopped_runs(groups: Sequence[FailureGroup]) -> list[Chosen]:
    """The runs that are stopped for one of these causes. Raises CannotPlan."""
    return runs_of(Run.objects.failures().filter(group__in=groups))


@transaction.atomic
def make(wanted: Wanted, *, actor: trail.Actor) -> Plan:
    """Freeze the items, classify them by what the database knows, and have workers look on.
    Raises CannotPlan or BadOptions."""
    if not wanted.items:
        raise CannotPlan("There is nothing to plan.")
    if len(wanted.items) > MOST_ITEMS:
        raise CannotPlan(f"One plan holds no more than {MOST_ITEMS:,} items.")
    chosen = checked(wanted.options)
    options = chosen.stored()
    now = database_now()
    plan = Plan.objects.create(
        kind=wanted.kind,
        title=wanted.title,
        source=dict(wanted.source or {}),
        checksum=checksum_of((one.key for one in wanted.items), options),
        options=options,
        item_count=len(wanted.items),
        requester=actor.name,
        requester_identity=actor.identity,
        reason=wanted.reason,
        created_at=now,
        due_at=now,
    )
    for rows in _chunks(plan, wanted.items):
        bulk.insert(PlanItem, rows)
    KINDS[plan.kind].classify(plan)
    Plan.objects.filter(pk=plan.pk).update(
        counts=counting.by_class(plan),
        effects=counting.effects_now(plan, from_start=chosen.from_start),
    )
    plan.refresh_from_db()
    trail.record(
        "plan.created",
        actor=actor,
        obj=trail.Object("plan", plan.code, plan.title),
        data={
            "kind": plan.kind,
            "items": plan.item_count,
            "checksum": plan.checksum,
            "options": plan.options,
            "counts": plan.counts,
            "from": plan.source,
        },
    )
    wakeups.tell_on_commit()
    return plan


def _chunks(plan: Plan, chosen: Sequence[Chosen]) -> Iterator[list[PlanItem]]:
    for start in range(0, len(chosen), _CHUNK):
        yield [
            PlanItem(
                plan=plan,
                position=start + number,
                key=one.key,
                run_id=one.run_id,
                event_id=one.event_id,
                person_id=one.person_id,
                person_login=one.person_login,
            )
            for number, one in enumerate(chosen[start : start + _CHUNK], start=1)
        ]
