"""The blast-radius gate: a burst of one rule over its limits waits before its first action.

Runs are counted where they are made, under a lock of the rule's counter row, so that of two workers
the second sees what the first has made. Over the limit, every run of the window that nobody has
begun is held, and what is made later joins it, until people have let the burst go or rejected it
(`gate_opening`). What runs or is done is not undone. A burst is shown as a plan
(`provisioning.plans.gathering`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection

from audit import trail
from audit.codes import new_code
from provisioning.rules.definitions import Definition
from provisioning.runs import gate_limits, holding
from provisioning.runs.gate_limits import Allowed, allowed
from provisioning.runs.gate_models import Gate
from provisioning.runs.models import Run
from provisioning.runs.work import settle_events


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
        over = ""
        if not gate.burst:
            version = by_rule[rule][0].version_id
            over = gate_limits.over(gate, limits[rule], definition, now, version=version)
        if over:
            gate.burst, gate.why, gate.shut_at = new_code(), over, now
            gate.save(update_fields=["burst", "why", "shut_at"])
        if gate.burst:
            since = gate_limits.since(gate, limits[rule], now)
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
