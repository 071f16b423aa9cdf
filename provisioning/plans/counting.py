"""How many items of a plan are what: by class and cause, by what came of them, by effect.

Classes and states are tallied by the database as items change; effects are counted.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Sum, TextField
from django.db.models.functions import Cast

from provisioning.plans.models import Plan, PlanItem
from provisioning.plans.options import Options, read

_CHUNK = 2_000
_DONE = "('succeeded', 'already', 'kept')"
# An item that runs is whatever its run has come to meanwhile. One statement: what moves from one
# state to another between two would be counted twice, or not at all.
_OUTCOMES = """
SELECT outcome, sum(n)::bigint FROM (
    SELECT state AS outcome, count AS n FROM provisioning_plantally
    WHERE plan_id = %(plan)s AND state <> 'running'
    UNION ALL
    SELECT CASE WHEN run.state = 'succeeded' THEN 'done' WHEN run.state = 'held' THEN 'held'
        WHEN run.state IN ('failed', 'unknown') THEN 'failed' ELSE 'running' END, 1
    FROM provisioning_planitem AS item
    LEFT JOIN provisioning_run AS run ON run.id = item.result_run_id
    WHERE item.plan_id = %(plan)s AND item.state = 'running') AS counted
GROUP BY 1 HAVING sum(n) > 0
"""
# Of an item that is not rendered yet its steps say what would be called.
_EFFECTS = f"""
SELECT item.klass, item.sub_group, call ->> 'effect', count(*)
FROM provisioning_planitem AS item
CROSS JOIN LATERAL jsonb_array_elements(item.effect) AS call
WHERE item.plan_id = %(plan)s AND item.state = 'waiting' GROUP BY 1, 2, 3
UNION ALL
SELECT item.klass, item.sub_group, step.effect, count(*) FROM provisioning_planitem AS item
JOIN provisioning_step AS step ON step.run_id = item.run_id
WHERE item.plan_id = %(plan)s AND item.state = 'waiting' AND item.effect = '[]'
  AND (%(from_start)s OR step.state NOT IN {_DONE}) GROUP BY 1, 2, 3
"""  # noqa: S608 - built from constants

Effects = Mapping[str, Mapping[str, int]]
#: What `Plan.objects.tallied()` reads with a plan.
Tallied = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items are of one class for one cause."""

    klass: str
    sub_group: str
    count: int


def tallies(plan: Plan) -> list[Tally]:
    """One query, over as many rows as there are kinds of items."""
    rows = plan.tallies.values_list("klass", "sub_group").annotate(total=Sum("count"))
    return [Tally(*row) for row in rows.filter(total__gt=0).order_by("klass", "sub_group")]


def read_with(plan: Plan) -> Tallied:
    """The tallies of a plan that came from `Plan.objects.tallied()`."""
    found: Tallied = vars(plan)["tally"]
    return found


def tallied(rows: Tallied) -> list[Tally]:
    """The same, from what was read with the plan."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        counts[row["klass"], row["sub_group"]] += row["count"]
    return [Tally(*cause, count) for cause, count in counts.items()]


def by_class(plan: Plan) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for one in tallies(plan):
        counts[one.klass] += one.count
    return dict(counts)


def to_keep(plan: Plan) -> dict[str, Any]:
    """What is kept with the plan of its items, by column: as they are now and were chosen last."""
    effects = effects_now(plan, from_start=read(plan.options).from_start)
    return {"counts": by_class(plan), "effects": effects}


def outcomes(plan: Plan) -> dict[str, int]:
    """What came of the items so far: item state -> how many. Reads tallies, and those that run."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, {"plan": plan.pk})
        found: dict[str, int] = dict(cursor.fetchall())
    return at_end(found) if plan.state in Plan.OVER_STATES else found


def at_end(outcomes: Mapping[str, int]) -> dict[str, int]:
    """The same of a plan that is over: what had not begun is cancelled, whether or not workers have
    written that to each item by now."""
    left = outcomes.get(PlanItem.State.WAITING, 0)
    rest = {state: count for state, count in outcomes.items() if state != PlanItem.State.WAITING}
    cancelled = rest.get(PlanItem.State.CANCELLED, 0) + left
    return rest | ({PlanItem.State.CANCELLED.value: cancelled} if cancelled else {})


def chosen_count(plan: Plan, options: Options) -> int:
    return sum(one.count for one in tallies(plan) if options.chosen(one.klass, one.sub_group))


def effects_now(plan: Plan, *, from_start: bool) -> dict[str, dict[str, int]]:
    """`class:cause` -> effect -> how many calls the waiting items would make. Reads all of them."""
    found: dict[str, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_EFFECTS, {"plan": plan.pk, "from_start": from_start})
        for klass, sub_group, effect, count in cursor.fetchall():
            effects = found.setdefault(f"{klass}:{sub_group}", {})
            effects[effect] = effects.get(effect, 0) + count
    return found


def effects_by_kind(plan: Plan, options: Options) -> dict[str, int]:
    """Effect -> how many calls the chosen items would make; of items that are not rendered yet
    and would take another version of their rule, nothing is known."""
    found = effects_now(plan, from_start=options.from_start)
    return _of_chosen(found, options, computing=False)


def effects_kept(plan: Plan, options: Options) -> dict[str, int]:
    """The same without reading items. While they are computed: of every effect that may turn out
    to be among the chosen, since items that would act may still become anything."""
    if plan.effects is None:
        return effects_by_kind(plan, options)
    return _of_chosen(plan.effects, options, computing=plan.computed_at is None)


def _of_chosen(effects: Effects, options: Options, *, computing: bool) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for klass, sub_group, found in _causes(effects):
        open_still = computing and klass == PlanItem.Class.WOULD_ACT
        if open_still or options.chosen(klass, sub_group):
            counts.update(found)
    return dict(counts)


def _causes(effects: Effects) -> Iterator[tuple[str, str, Mapping[str, int]]]:
    for cause, found in effects.items():
        klass, _, sub_group = cause.partition(":")
        yield klass, sub_group, found


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
