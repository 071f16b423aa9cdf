"""Replaying: a new run takes the place of one that stopped, with the same rule version, or with
the current one where that is asked for.

From the failed step, steps that are done are kept with their output and not called again; from the
start, every step is asked again, and those that can be read back find themselves already so. With
another version, only a step that stands in both just the same is kept.
"""

from dataclasses import dataclass

from django.db import transaction

from audit import trail
from provisioning import wakeups
from provisioning.clocks import database_now, steady_now
from provisioning.rules import lookups
from provisioning.rules.definitions import load_definition
from provisioning.rules.matching import Said
from provisioning.rules.models import Verdict
from provisioning.runs import holding
from provisioning.runs.models import Run, Step
from provisioning.runs.redoing import (
    drafted,
    drafted_steps,
    said_now,
    tables_of,
    unmatched,
    verdict_of,
)
from provisioning.runs.work import settle_events


class CannotReplay(Exception):  # noqa: N818
    """The run cannot be replayed now; the message says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The plan that a replay belongs to: its code, the code promised to the run, who asked."""

    plan: str
    code: str
    requester: str
    requester_identity: str


@transaction.atomic
def replay(
    run: Run,
    *,
    actor: trail.Actor,
    from_start: bool = False,
    current: bool = False,
    origin: Origin | None = None,
) -> Run:
    """Make a new run in the place of this one, with the rule's current version if `current`.

    `origin` is given where a worker does it for a plan. Raises CannotReplay.
    """
    now = steady_now()
    old = (
        Run.objects.select_for_update(of=("self",))
        .select_related("rule__current", "version", "event")
        .get(pk=run.pk)
    )
    _check(old)
    said = said_now(old) if current else None
    if said is not None and not said.matched:
        raise CannotReplay(f"Run {run.code} cannot be replayed. {unmatched(said)}")
    numbers = lookups.numbers(tables_of(old, said))
    fresh = drafted(old, said, now, numbers=numbers, code=origin.code if origin else "")
    steps = drafted_steps(list(old.steps.order_by("position")), fresh, said, from_start=from_start)
    held = _save(fresh, steps, old, actor, said=said, origin=origin)
    if said is not None:
        Verdict.objects.bulk_create([verdict_of(old, said, now)], ignore_conflicts=True)
    Run.objects.filter(pk=old.pk).update(superseded=True)
    settle_events([old.event_id])
    entry = trail.draft(
        "run.replayed",
        actor=actor,
        obj=trail.Object("run", fresh.code, old.rule.name),
        data={
            "replay_of": old.code,
            "from": "start" if from_start else "failed step",
            **({"plan": origin.plan} if origin else {}),
            **({"version": said.listener.number} if said else {}),
        },
    )
    trail.write([*held, entry])
    wakeups.tell_on_commit()
    return fresh


@transaction.atomic
def confirm(run: Run, *, actor: trail.Actor) -> Run:
    """A person has looked and says that the unknown step did take effect: go on after it.

    Raises CannotReplay where the run is not unknown any more.
    """
    now = database_now()
    old = (
        Run.objects.select_for_update(of=("self",)).select_related("rule", "version").get(pk=run.pk)
    )
    if old.state != Run.State.UNKNOWN or old.superseded:
        raise CannotReplay("This run is not waiting for a decision any more.")
    step = old.steps.get(state=Step.State.UNKNOWN)
    fresh = drafted(old, None, now, numbers=lookups.numbers(tables_of(old, None)))
    steps = list(old.steps.order_by("position"))
    made = drafted_steps(steps, fresh, None, from_start=False, confirmed=step.pk)
    held = _save(fresh, made, old, actor)
    Run.objects.filter(pk=old.pk).update(superseded=True)
    settle_events([old.event_id])
    entry = trail.draft(
        "run.confirmed",
        actor=actor,
        obj=trail.Object("run", fresh.code, old.rule.name),
        data={"replay_of": old.code, "step": step.key},
    )
    trail.write([*held, entry])
    wakeups.tell_on_commit()
    return fresh


def why_not(run: Run) -> str:
    """Why this run cannot be replayed as it is now; empty if it can."""
    if run.superseded:
        return "It was replayed already."
    if run.state in Run.OPEN_STATES:
        return f"It is not finished: {run.get_state_display().lower()}."
    if run.state == Run.State.HELD:
        return "It waits for an approval."
    return ""


def _check(run: Run) -> None:
    if reason := why_not(run):
        raise CannotReplay(f"Run {run.code} cannot be replayed. {reason}")


def _save(
    fresh: Run,
    steps: list[Step],
    old: Run,
    actor: trail.Actor,
    *,
    said: Said | None = None,
    origin: Origin | None = None,
) -> list[trail.Row]:
    """The run with its steps, and the entry if it is held, to be written by the caller.

    An approval belongs to what is done, whatever made the run: a replay needs one of its own.
    """
    fresh.steps_done = sum(step.state == Step.State.KEPT for step in steps)
    definition = said.listener.definition if said else load_definition(old.version.definition)
    who = origin.requester if origin else actor.name
    identity = origin.requester_identity if origin else actor.identity
    held = holding.place(fresh, definition.demand, requester=who, identity=identity)
    fresh.save(force_insert=True)
    Step.objects.bulk_create(steps)
    why = "The rule demands an approval, for a replay too."
    return [holding.held_entry(fresh, old.rule.name, actor=actor, why=why)] if held else []
