"""What the database alone says of the items of a replay, for all of them in one statement.

Each item falls into one cause, the first that holds; a cause belongs to a class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from provisioning.plans.models import LAST, Plan, PlanItem
from provisioning.plans.options import Options

Class = PlanItem.Class

#: cause -> class; no cause means that it would act
CAUSES = {
    "replayed": Class.NO_LONGER_VALID,
    "not_finished": Class.CONFLICT,
    "in_plan": Class.CONFLICT,
    "rule_off": Class.NO_LONGER_VALID,
    "rule_changed": Class.NO_LONGER_VALID,
    "person_gone": Class.NO_LONGER_VALID,
    "later_event": Class.NO_LONGER_VALID,
    "nothing_left": Class.ALREADY_SO,
    "": Class.WOULD_ACT,
}
_LEAVES = (
    "user.lifecycle.deactivate", "user.lifecycle.suspend", "user.lifecycle.delete.initiated",
)  # fmt: skip
_RETURNS = (
    "user.lifecycle.activate", "user.lifecycle.reactivate", "user.lifecycle.unsuspend",
)  # fmt: skip

# A run that only takes something away, or whose event says that the person left, stays valid when
# the person is gone. A later run counts where it did, or will do, what a person expects to hold.
_FOUND = """
SELECT item.id, cause.cause, CASE cause.cause
    WHEN 'replayed' THEN 'It was replayed already'
        || coalesce(' as run ' || taken.code, '') || '.'
    WHEN 'not_finished' THEN 'Run ' || run.code || ' is not finished: ' || run.state || '.'
    WHEN 'in_plan' THEN 'Plan ' || planned.code || ' has it too.'
    WHEN 'rule_off' THEN 'The rule ' || rule.name || ' is off.'
    WHEN 'rule_changed' THEN 'The rule ' || rule.name || ' was changed since, from v'
        || version.number || ' to v' || newest.number || '.'
    WHEN 'person_gone' THEN coalesce(
        'The person left at ' || to_char(gone.published_at AT TIME ZONE 'UTC',
            'YYYY-MM-DD HH24:MI') || ' UTC (' || gone.event_type || ').',
        'Okta says that the person is ' || lower(person.status) || '.')
    WHEN 'later_event' THEN 'Run ' || later.code
        || ' of the same rule is about a later event of this person.'
    WHEN 'nothing_left' THEN 'Every step is done; from the start all would be asked again.'
    ELSE '' END AS why
FROM provisioning_planitem AS item
JOIN provisioning_run AS run ON run.id = item.run_id
JOIN provisioning_event AS event ON event.id = run.event_id
JOIN provisioning_rule AS rule ON rule.id = run.rule_id
JOIN provisioning_ruleversion AS version ON version.id = run.version_id
LEFT JOIN provisioning_ruleversion AS newest ON newest.id = rule.current_id
LEFT JOIN provisioning_person AS person ON person.okta_id = nullif(run.person_id, '')
LEFT JOIN provisioning_run AS taken ON taken.replay_of_id = run.id
LEFT JOIN LATERAL (
    SELECT plan.code FROM provisioning_planitem AS other
    JOIN provisioning_plan AS plan ON plan.id = other.plan_id
    WHERE other.run_id = run.id AND other.state = 'waiting' AND other.plan_id <> item.plan_id
      AND plan.state IN ('waiting', 'ready', 'running', 'paused')
    LIMIT 1) AS planned ON true
LEFT JOIN LATERAL (
    SELECT seen.event_type, seen.published_at FROM provisioning_event AS seen
    WHERE run.person_id <> '' AND seen.person_id = run.person_id
      AND seen.published_at > run.published_at
      AND seen.event_type = ANY(%(leaves)s::text[] || %(returns)s::text[])
    ORDER BY seen.published_at DESC, seen.id DESC LIMIT 1) AS gone ON true
LEFT JOIN LATERAL (
    SELECT after.code FROM provisioning_run AS after
    JOIN provisioning_event AS cause ON cause.id = after.event_id
    WHERE run.person_id <> '' AND after.person_id = run.person_id
      AND after.rule_id = run.rule_id AND after.published_at > run.published_at
      AND NOT after.superseded AND after.state NOT IN ('failed', 'unknown')
      AND cause.event_type = event.event_type
    ORDER BY after.published_at DESC LIMIT 1) AS later ON true
CROSS JOIN LATERAL (SELECT CASE
    WHEN run.superseded THEN 'replayed'
    WHEN run.state NOT IN ('failed', 'unknown', 'succeeded') THEN 'not_finished'
    WHEN planned.code IS NOT NULL THEN 'in_plan'
    WHEN NOT rule.enabled OR rule.current_id IS NULL THEN 'rule_off'
    WHEN NOT %(current)s AND rule.current_id <> run.version_id THEN 'rule_changed'
    WHEN event.event_type <> ALL(%(leaves)s::text[])
      AND CASE WHEN gone.event_type IS NULL
            THEN coalesce(person.status IN ('DEPROVISIONED', 'SUSPENDED')
                AND person.user_read_at > run.published_at, false)
            ELSE gone.event_type = ANY(%(leaves)s::text[]) END
      AND EXISTS (SELECT 1 FROM provisioning_step AS step
            WHERE step.run_id = run.id AND step.effect <> 'revoke'
              AND (%(from_start)s OR step.state NOT IN ('succeeded', 'already', 'kept')))
      THEN 'person_gone'
    WHEN later.code IS NOT NULL THEN 'later_event'
    WHEN run.state = 'succeeded' AND NOT %(from_start)s AND NOT %(current)s THEN 'nothing_left'
    ELSE '' END AS cause) AS cause
WHERE item.plan_id = %(plan)s AND item.position > %(after)s AND item.position <= %(up_to)s
  AND (%(ids)s::bigint[] IS NULL OR item.id = ANY(%(ids)s))
"""
# Who is classified already as found is not written again.
_CLASSIFY = f"""
UPDATE provisioning_planitem AS item SET
    klass = found.klass, sub_group = found.cause, why = found.why, effect = '[]', examined_at = NULL
FROM (SELECT id, cause, why, CASE cause {
    " ".join(f"WHEN '{cause}' THEN '{klass.value}'" for cause, klass in CAUSES.items())
} END AS klass FROM ({_FOUND}) AS one) AS found
WHERE item.id = found.id
  AND (item.klass, item.sub_group, item.why, item.effect, item.examined_at)
    IS DISTINCT FROM (found.klass, found.cause, found.why, '[]', NULL)
"""  # noqa: S608 - built from constants


@dataclass(frozen=True, slots=True)
class Fact:
    """What the database says of one item."""

    klass: str
    sub_group: str
    why: str


def classify(plan: Plan, options: Options, after: int = 0, up_to: int = LAST) -> None:
    """Give the items of the plan behind the one position, up to the other, their class, as far as
    the database knows. One statement."""
    span = {"after": after, "up_to": up_to}
    with connection.cursor() as cursor:
        cursor.execute(_CLASSIFY, _parameters(plan, options, None) | span)


def facts(plan: Plan, options: Options, items: Sequence[PlanItem]) -> dict[int, Fact]:
    """Item id -> what the database says of it now; changes nothing. One statement."""
    ids = [item.pk for item in items]
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, _parameters(plan, options, ids))
        return {pk: Fact(CAUSES[cause].value, cause, why) for pk, cause, why in cursor.fetchall()}


def _parameters(plan: Plan, options: Options, ids: Sequence[int] | None) -> dict[str, Any]:
    return {
        "plan": plan.pk,
        "after": 0,
        "up_to": LAST,
        "ids": list(ids) if ids is not None else None,
        "current": options.current,
        "from_start": options.from_start,
        "leaves": list(_LEAVES),
        "returns": list(_RETURNS),
    }
