"""Making a plan: what was asked for is resolved once, to a frozen list of items.

Whatever the filter or the failure group it came from finds later has no effect on the plan.
"""

from collections.abc import Mapping, Sequence
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
from provisioning.plans.large_models import PlanSelection
from provisioning.plans.models import Plan, PlanItem
from provisioning.plans.options import Options, checked
from provisioning.runs.models import FailureGroup, Run

MOST_ITEMS = 100_000
#: More than these are made by workers: they would keep whoever asked waiting for seconds.
MOST_AT_ONCE = 5_000


class CannotPlan(Exception):  # noqa: N818
    """There is nothing to plan, or too much; the message says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One thing to be an item; `key` is what the checksum is over."""

    key: str
    run_id: int
    event_id: int
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


def is_large(plan: Plan) -> bool:
    """Whether workers do what has to be done to each of its items."""
    return plan.item_count > MOST_AT_ONCE


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
    """Freeze the items, classify them by what the database knows, and have workers look on. Of a
    large plan only the list is frozen here, and workers make the items from it.

    Raises CannotPlan or BadOptions.
    """
    if not wanted.items:
        raise CannotPlan("There is nothing to plan.")
    if len(wanted.items) > MOST_ITEMS:
        raise CannotPlan(f"One plan holds no more than {MOST_ITEMS:,} items.")
    options = checked(wanted.options)
    now = database_now()
    plan = Plan(
        kind=wanted.kind,
        title=wanted.title,
        source=dict(wanted.source or {}),
        checksum=checksum_of((one.key for one in wanted.items), options.stored()),
        options=options.stored(),
        item_count=len(wanted.items),
        requester=actor.name,
        requester_identity=actor.identity,
        reason=wanted.reason,
        created_at=now,
        due_at=now,
    )
    large = is_large(plan)
    plan.state = Plan.State.SELECTING if large else Plan.State.DRAFT
    plan.save(force_insert=True)
    if large:
        rows = [(one.key, one.run_id) for one in wanted.items]
        PlanSelection.objects.create(plan=plan, rows=rows)
    else:
        _fill(plan, wanted.items)
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


def _fill(plan: Plan, chosen: Sequence[Chosen]) -> None:
    items = [
        PlanItem(
            plan=plan,
            position=position,
            key=one.key,
            run_id=one.run_id,
            event_id=one.event_id,
            person_id=one.person_id,
            person_login=one.person_login,
        )
        for position, one in enumerate(chosen, start=1)
    ]
    bulk.insert(PlanItem, items)
    KINDS[plan.kind].classify(plan)
    Plan.objects.filter(pk=plan.pk).update(**counting.to_keep(plan))
    plan.refresh_from_db()
