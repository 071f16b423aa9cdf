"""The limits of a rule, and whether what it made in its window is over one of them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from provisioning.actions.registry import ACTIONS
from provisioning.events.models import Person
from provisioning.rules.definitions import Definition
from provisioning.rules.limits import EFFECTS, Limits
from provisioning.runs.gate_models import Gate

NO_LIMIT = 0


@dataclass(frozen=True, slots=True)
class Allowed:
    """The limits in force for a rule; 0 is no limit."""

    window: timedelta
    runs: int
    effects: Mapping[str, int]
    percent: int

    @property
    def nothing(self) -> bool:
        return not (self.runs or any(self.effects.values()) or self.percent)


def allowed(definition: Definition) -> Allowed:
    """What the definition says, and the defaults where it says nothing."""
    if definition.limits == "none":
        return Allowed(timedelta(hours=1), NO_LIMIT, {}, NO_LIMIT)
    given = definition.limits or Limits()
    defaults = {"runs": settings.DEFAULT_LIMIT_RUNS, "revoke": settings.DEFAULT_LIMIT_REVOKES}

    def of(name: str) -> int:
        count: int | None = getattr(given, name)
        return defaults.get(name, NO_LIMIT) if count is None else count

    return Allowed(given.window, of("runs"), {name: of(name) for name in EFFECTS}, given.percent)


def since(gate: Gate, limit: Allowed, now: datetime) -> datetime:
    window = (gate.shut_at or now) - limit.window
    return max(window, gate.since) if gate.since else window


_COUNT = """
SELECT count(*), count(DISTINCT person_id) FILTER (WHERE person_id <> '')
FROM provisioning_run WHERE rule_id = %s AND mode = 'live' AND created_at > %s
"""
_COUNT_STEPS = """
SELECT step.effect, count(*) FROM provisioning_run AS run
JOIN provisioning_step AS step ON step.run_id = run.id
WHERE run.rule_id = %s AND run.mode = 'live' AND run.created_at > %s AND step.effect = ANY(%s)
GROUP BY step.effect
"""


def over(gate: Gate, limit: Allowed, definition: Definition, now: datetime) -> str:
    """Which limit is exceeded, in a sentence; empty for none."""
    begins = since(gate, limit, now)
    within = f"since {begins:%Y-%m-%d %H:%M} UTC"
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [gate.rule_id, begins])
        made, people = cursor.fetchone()
        if limit.runs and made > limit.runs:
            return f"{made:,} runs {within}; the limit is {limit.runs:,}."
        limited = [name for name in _effects(definition) if limit.effects.get(name)]
        if limited:
            cursor.execute(_COUNT_STEPS, [gate.rule_id, begins, limited])
            for effect, steps in cursor.fetchall():
                if steps > limit.effects[effect]:
                    most = limit.effects[effect]
                    return f"{steps:,} steps of effect {effect} {within}; the limit is {most:,}."
    if limit.percent:
        known = Person.objects.count()
        most = math.ceil(known * limit.percent / 100)
        if people > most:
            return (
                f"{people:,} of {known:,} people {within}; "
                f"the limit is {limit.percent} %, {most:,} people."
            )
    return ""


def _effects(definition: Definition) -> set[str]:
    return {ACTIONS[step.action].effect.value for step in definition.do}
