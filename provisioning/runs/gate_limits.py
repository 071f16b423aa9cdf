"""The limits of a rule, and whether what it made in its window is over one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db import connection

from provisioning.actions.registry import ACTIONS
from provisioning.events.models import Person
from provisioning.rules import coverage
from provisioning.rules.definitions import Definition
from provisioning.rules.limits import EFFECTS, Limits
from provisioning.runs.gate_models import Gate


@dataclass(frozen=True, slots=True)
class Allowed:
    """The limits in force for a rule: what is not limited is None, or not among the effects."""

    window: timedelta
    runs: int | None
    effects: Mapping[str, int]
    percent: int | None

    @property
    def nothing(self) -> bool:
        return self.runs is None and not self.effects and self.percent is None


def allowed(definition: Definition) -> Allowed:
    """What the definition says, and the defaults where it says nothing."""
    if definition.limits == "none":
        return Allowed(timedelta(hours=1), None, {}, None)
    given = definition.limits or Limits()
    # In a setting 0 is no limit; in a rule it is a limit of none at once.
    defaults = {
        "runs": settings.DEFAULT_LIMIT_RUNS or None,
        "revoke": settings.DEFAULT_LIMIT_REVOKES or None,
    }

    def of(name: str) -> int | None:
        count: int | Literal["none"] | None = getattr(given, name)
        if count == "none":
            return None
        return defaults.get(name) if count is None else count

    effects = {name: most for name in EFFECTS if (most := of(name)) is not None}
    return Allowed(given.window, of("runs"), effects, given.percent or None)


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


def over(gate: Gate, limit: Allowed, definition: Definition, now: datetime, *, version: int) -> str:
    """Which limit is exceeded, in a sentence; empty for none. `version` is that of the runs."""
    begins = since(gate, limit, now)
    within = f"since {begins:%Y-%m-%d %H:%M} UTC"
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [gate.rule_id, begins])
        made, people = cursor.fetchone()
        if limit.runs is not None and made > limit.runs:
            return f"{_many(made, 'run')} {within}; the limit is {limit.runs:,}."
        limited = [name for name in _effects(definition) if name in limit.effects]
        if limited:
            cursor.execute(_COUNT_STEPS, [gate.rule_id, begins, limited])
            for effect, steps in cursor.fetchall():
                if steps > limit.effects[effect]:
                    most = limit.effects[effect]
                    found = f"{_many(steps, 'step')} of effect {effect}"
                    return f"{found} {within}; the limit is {most:,}."
    if limit.percent is not None:
        return _over_share(people, limit.percent, version, within, now)
    return ""


def _over_share(people: int, percent: int, version: int, within: str, now: datetime) -> str:
    """More than this share of the people the version covers or, until they are counted, of
    everybody known."""
    counted = coverage.counted_for(version)
    whole = counted.people if counted else Person.objects.count()
    most = coverage.most_of(whole, percent)
    if people <= most:
        return ""
    whose = "Sluice knows (those this rule covers are not counted yet)"
    if counted:
        whose = f"this rule covers (counted {_moment(counted.at, now)} UTC)"
    among = f"the {_many(whole, 'person')} {whose}"
    if people > whole:
        said = f"{_many(people, 'person')} {within}, more than {among}"
    else:
        said = f"{people:,} of {among} {within}"
    return f"{said}; the limit is {percent} %, {_many(most, 'person')}."


def _moment(at: datetime, now: datetime) -> str:
    """The time of day alone where it is today's."""
    return f"{at:%H:%M}" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M}"


def _many(count: int, noun: str) -> str:
    many = "people" if noun == "person" else f"{noun}s"
    return f"{count:,} {noun if count == 1 else many}"


def _effects(definition: Definition) -> set[str]:
    return {ACTIONS[step.action].effect.value for step in definition.do}
