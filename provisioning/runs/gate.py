"""The blast-radius gate: a burst of one rule over its limits waits before its first action.

Runs are counted where they are made, under a lock of the rule's counter row, so that of two workers
the second sees what the first has made. Over the limit, every run of the window that nobody has
begun is held, and what is made later joins it, until people have let the burst go or rejected it.
What runs or is done is not undone. `provisioning.plans.bursts` shows a burst as a plan.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from audit import trail
from audit.codes import new_code
from provisioning import wakeups
from provisioning.actions.registry import ACTIONS
from provisioning.clocks import database_now
from provisioning.events.models import Person
from provisioning.rules.definitions import Definition
from provisioning.rules.limits import EFFECTS, Limits
from provisioning.rules.models import Rule
from provisioning.runs import holding
from provisioning.runs.gate_models import Gate
from provisioning.runs.models import Run, Step
from provisioning.runs.work import settle_events

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


def hold_bursts(
    runs: Sequence[Run], definitions: Mapping[int, Definition], *, actor: trail.Actor, now: datetime
) -> None:
    """Hold what is over a limit, in the caller's transaction, which has stored these runs already.

    `definitions` are those that made them, by rule. A run that is held gets its new state here.
    """
    by_rule = {rule: [run for run in runs if run.rule_id == rule] for rule in definitions}
    limits = {rule: allowed(definitions[rule]) for rule, made in by_rule.items() if made}
    for gate in _locked(limits):
        rule = gate.rule_id
        definition = definitions[rule]
        over = "" if gate.burst else _over(gate, limits[rule], definition, now)
        if over:
            gate.burst, gate.why, gate.shut_at = new_code(), over, now
            gate.save(update_fields=["burst", "why", "shut_at"])
        if gate.burst:
            since = _since(gate, limits[rule], now)
            held = _hold(gate, since)
            _mark(by_rule[rule], gate, held)
            _tell(gate, definition.name, held, shut=bool(over), actor=actor)


def _locked(limits: Mapping[int, Allowed]) -> list[Gate]:
    """The counter rows of these rules, each locked where something is limited or it is shut.

    Always in one order, so that two workers never wait for each other.
    """
    shut = set(Gate.objects.filter(rule__in=limits).exclude(burst="").values_list("pk", flat=True))
    wanted = sorted(rule for rule, limit in limits.items() if not limit.nothing or rule in shut)
    if not wanted:
        return []
    Gate.objects.bulk_create([Gate(rule_id=rule) for rule in wanted], ignore_conflicts=True)
    rows = Gate.objects.filter(rule__in=wanted).order_by("pk")
    return list(rows.select_for_update(no_key=True))


def _since(gate: Gate, limit: Allowed, now: datetime) -> datetime:
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


def _over(gate: Gate, limit: Allowed, definition: Definition, now: datetime) -> str:
    """Which limit is exceeded, in a sentence; empty for none."""
    since = _since(gate, limit, now)
    within = f"since {since:%Y-%m-%d %H:%M} UTC"
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [gate.rule_id, since])
        made, people = cursor.fetchone()
        if limit.runs and made > limit.runs:
            return f"{made:,} runs {within}; the limit is {limit.runs:,}."
        limited = [name for name in _effects(definition) if limit.effects.get(name)]
        if limited:
            cursor.execute(_COUNT_STEPS, [gate.rule_id, since, limited])
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


# What people have agreed to one by one, or are asked about, stays theirs to decide.
_HOLD = """
UPDATE provisioning_run SET state = 'held', burst = %s
WHERE rule_id = %s AND mode = 'live' AND created_at > %s AND started_at IS NULL AND burst = ''
  AND state IN ('pending', 'held') AND asked_at IS NULL AND approved_digest = ''
RETURNING id, event_id, code
"""


def _hold(gate: Gate, since: datetime) -> list[tuple[int, int, str]]:
    """Every run of the window that nobody has begun: its id, event and code."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [gate.burst, gate.rule_id, since])
        held: list[tuple[int, int, str]] = cursor.fetchall()
    return held


def _mark(made: Sequence[Run], gate: Gate, held: Sequence[tuple[int, int, str]]) -> None:
    ids = {pk for pk, _, _ in held}
    for run in made:
        if run.pk in ids:
            run.state, run.burst = Run.State.HELD, gate.burst
    own = {run.event_id for run in made}
    settle_events(event for _, event, _ in held if event not in own)


def _tell(
    gate: Gate, name: str, held: Sequence[tuple[int, int, str]], *, shut: bool, actor: trail.Actor
) -> None:
    rows = []
    if shut:
        rows.append(
            trail.draft(
                "gate.shut",
                actor=actor,
                obj=trail.Object("rule", name, name),
                data={"why": gate.why, "burst": gate.burst, "held": len(held)},
            )
        )
    why = f"It is part of a burst: {gate.why}"
    rows += [holding.held_entry(Run(code=code), name, actor=actor, why=why) for _, _, code in held]
    trail.write(rows)


def locked(burst: str) -> Gate | None:
    """The gate that this burst keeps shut, locked; None if it does no more."""
    return Gate.objects.select_for_update(no_key=True).filter(burst=burst).first()


def let_go(burst: str, ids: Sequence[int]) -> int:
    """Release these runs of a burst, in the caller's transaction; how many were held by it.

    One whose rule demands an approval of its own is held for that from now on.
    """
    _require_all(burst, ids)
    runs = Run.objects.filter(pk__in=ids, burst=burst, state=Run.State.HELD)
    demanding = runs.exclude(requester_identity="")
    for_approval = demanding.update(burst="")
    rest = Run.objects.filter(pk__in=ids, burst=burst, state=Run.State.HELD)
    going = rest.update(burst="", state=Run.State.PENDING, due_at=database_now())
    _settle(ids)
    wakeups.tell_on_commit()
    return for_approval + going


def give_up(burst: str, ids: Sequence[int], *, state: Run.State, said: str) -> int:
    """End these runs of a burst, nothing done, in the caller's transaction; how many ended."""
    _require_all(burst, ids)
    runs = Run.objects.filter(pk__in=ids, burst=burst, state=Run.State.HELD)
    ended = runs.update(
        burst="", state=state, finished_at=database_now(), error_code=state.value, error=said
    )
    _settle(ids)
    return ended


class MovedOn(Exception):  # noqa: N818
    """A run that was shown is not held by its burst any more; nothing was changed."""


def _require_all(burst: str, ids: Sequence[int]) -> None:
    """What was shown is what is decided: all of it, or nothing."""
    rows = Run.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    if any(one != burst for one in rows.values_list("burst", flat=True)):
        raise MovedOn("A run of this burst is not held by it any more. Look again.")


def _settle(ids: Sequence[int]) -> None:
    settle_events(Run.objects.filter(pk__in=ids).values_list("event_id", flat=True))


def open_if_empty(gate: Gate, *, actor: trail.Actor) -> bool:
    """Open a locked gate once nothing waits at it; from then on it is counted anew."""
    if Run.objects.filter(burst=gate.burst).exists():
        return False
    name = Rule.objects.values_list("name", flat=True).get(pk=gate.rule_id)
    Gate.objects.filter(pk=gate.pk).update(burst="", why="", shut_at=None, since=database_now())
    trail.record(
        "gate.opened",
        actor=actor,
        obj=trail.Object("rule", name, name),
        data={"burst": gate.burst},
    )
    return True


def effects_of(ids: Sequence[int]) -> dict[int, list[str]]:
    """Run -> the effects of its steps, in their order."""
    found: dict[int, list[str]] = {pk: [] for pk in ids}
    rows = Step.objects.filter(run__in=ids).order_by("run_id", "position")
    for run, effect in rows.values_list("run_id", "effect"):
        found[run].append(effect)
    return found
