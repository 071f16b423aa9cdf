"""Counting the items of a plan: by class and cause, by what came of them, by effect."""

import hashlib
from collections import Counter
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, TextField
from django.db.models.functions import Cast

from provisioning.plans.models import Plan, PlanItem
from provisioning.plans.options import Options

_CHUNK = 2_000
_DONE = "('succeeded', 'already', 'kept')"
# An item that runs is whatever its run has come to meanwhile.
_OUTCOMES = """
SELECT CASE WHEN item.state <> 'running' THEN item.state
    WHEN run.state = 'succeeded' THEN 'done'
    WHEN run.state = 'held' THEN 'held'
    WHEN run.state IN ('failed', 'unknown') THEN 'failed'
    ELSE 'running' END AS outcome, count(*)
FROM provisioning_planitem AS item
LEFT JOIN provisioning_run AS run ON run.id = item.result_run_id
WHERE item.plan_id = %s GROUP BY 1
"""
_RENDERED = """
SELECT call ->> 'effect', count(*) FROM provisioning_planitem AS item
CROSS JOIN LATERAL jsonb_array_elements(item.effect) AS call
WHERE item.plan_id = %s AND item.state = 'waiting'
  AND (item.klass = ANY(%s::text[]) OR item.klass || ':' || item.sub_group = ANY(%s::text[]))
GROUP BY 1
"""
_UNRENDERED = f"""
SELECT step.effect, count(*) FROM provisioning_planitem AS item
JOIN provisioning_step AS step ON step.run_id = item.run_id
WHERE item.plan_id = %s AND item.state = 'waiting' AND item.effect = '[]'
  AND (item.klass = ANY(%s::text[]) OR item.klass || ':' || item.sub_group = ANY(%s::text[]))
  AND (%s OR step.state NOT IN {_DONE})
GROUP BY 1
"""  # noqa: S608 - built from constants


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items are of one class for one cause."""

    klass: str
    sub_group: str
    count: int


def tallies(plan: Plan) -> list[Tally]:
    """One query."""
    rows = (
        plan.items.order_by()
        .values_list("klass", "sub_group")
        .annotate(count=Count("pk"))
        .order_by("klass", "sub_group")
    )
    return [Tally(*row) for row in rows]


def by_class(plan: Plan) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for one in tallies(plan):
        counts[one.klass] += one.count
    return dict(counts)


def outcomes(plan: Plan) -> dict[str, int]:
    """What came of the items so far: item state -> how many. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, [plan.pk])
        return dict(cursor.fetchall())


def chosen_count(plan: Plan, options: Options) -> int:
    return sum(one.count for one in tallies(plan) if options.chosen(one.klass, one.sub_group))


def effects_by_kind(plan: Plan, options: Options) -> dict[str, int]:
    """Effect -> how many calls the chosen items would make; of items that are not rendered yet
    and would take another version of their rule, nothing is known."""
    classes = list(options.classes)
    counts: Counter[str] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(_RENDERED, [plan.pk, classes, classes])
        counts.update(dict(cursor.fetchall()))
        cursor.execute(_UNRENDERED, [plan.pk, classes, classes, options.from_start])
        counts.update(dict(cursor.fetchall()))
    return dict(counts)


def effects_digest(plan: Plan) -> str:
    """SHA-256, in hex, over what every item would call, in order."""
    digest = hashlib.sha256()
    items = plan.items.order_by("position").annotate(text=Cast("effect", TextField()))
    rows = items.values_list("klass", "sub_group", "text")
    # Read in parts: all of a large plan at once would be a hundred megabytes.
    for row in rows.iterator(chunk_size=_CHUNK):
        digest.update("\x00".join(row).encode() + b"\x01")
    return digest.hexdigest()


def waiting_sample(plan: Plan, options: Options, most: int = 20) -> list[PlanItem]:
    """The first of the chosen items, for approvers to read."""
    rows = plan.items.order_by("position")
    found = [item for item in rows[: most * 10] if options.chosen(item.klass, item.sub_group)]
    return found[:most]
