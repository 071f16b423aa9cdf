"""Replaying: a new run takes the place of one that stopped, with the same rule version.

From the failed step, steps that are done are kept with their output and not called again; from the
start, every step is asked again, and those that can be read back find themselves already so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audit import trail
from provisioning import wakeups
from provisioning.clocks import database_now
from provisioning.rules.definitions import load_definition
from provisioning.runs import holding
from provisioning.runs.models import FailureGroup, Run, Step
from provisioning.runs.work import settle_events


class CannotReplay(Exception):  # noqa: N818
    """The run cannot be replayed now; the message says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """Which runs were replayed, and which not with the reason."""

    runs: list[Run]
    refused: list[tuple[Run, str]]


@transaction.atomic
def replay(run: Run, *, actor: trail.Actor, from_start: bool = False) -> Run:
    """Make a new run in the place of this one. Raises CannotReplay."""
    now = database_now()
    old = (
        Run.objects.select_for_update(of=("self",)).select_related("rule", "version").get(pk=run.pk)
    )
    _check(old)
    fresh = _copy(old, now)
    _copy_steps(old, fresh, from_start=from_start)
    _place(fresh, old, actor)
    Run.objects.filter(pk=old.pk).update(superseded=True)
    settle_events([old.event_id])
    trail.record(
        "run.replayed",
        actor=actor,
        obj=trail.Object("run", fresh.code, old.rule.name),
        data={"replay_of": old.code, "from": "start" if from_start else "failed step"},
    )
    wakeups.tell_on_commit()
    return fresh


@transaction.atomic
def replay_group(
    group: FailureGroup, *, actor: trail.Actor, runs: Sequence[str] | None = None
) -> Replayed:
    """Replay every stopped run of a group, or those with these codes, each from its failed step.

    What was shown on the confirmation page is what is replayed: a run that has moved on since is
    refused with its reason, the others go on.
    """
    stopped = Run.objects.failures().filter(group=group).order_by("published_at", "id")
    if runs is not None:
        stopped = Run.objects.filter(group=group, code__in=runs).order_by("published_at", "id")
    done: list[Run] = []
    refused: list[tuple[Run, str]] = []
    for run in stopped:
        try:
            done.append(replay(run, actor=actor))
        except CannotReplay as problem:
            refused.append((run, str(problem)))
    trail.record(
        "failures.replayed",
        actor=actor,
        obj=trail.Object("failure-group", group.code, group.error_code),
        data={
            "replayed": len(done),
            "refused": len(refused),
            "runs": [r.code for r in done][:1000],
        },
    )
    return Replayed(done, refused)


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
    fresh = _copy(old, now)
    _copy_steps(old, fresh, from_start=False, confirmed=step.pk)
    _place(fresh, old, actor)
    Run.objects.filter(pk=old.pk).update(superseded=True)
    settle_events([old.event_id])
    trail.record(
        "run.confirmed",
        actor=actor,
        obj=trail.Object("run", fresh.code, old.rule.name),
        data={"replay_of": old.code, "step": step.key},
    )
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


def _copy(old: Run, now: datetime) -> Run:
    fresh = Run(
        event_id=old.event_id,
        rule_id=old.rule_id,
        version_id=old.version_id,
        person_id=old.person_id,
        person_login=old.person_login,
        lane=old.lane,
        published_at=old.published_at,
        mode=Run.Mode.REPLAY,
        replay_of=old,
        step_count=old.step_count,
        due_at=now,
        created_at=now,
    )
    fresh.save(force_insert=True)
    return fresh


def _copy_steps(old: Run, fresh: Run, *, from_start: bool, confirmed: int | None = None) -> None:
    steps = []
    for step in old.steps.order_by("position"):
        kept = not from_start and (step.state in Step.DONE_STATES or step.pk == confirmed)
        copy = Step(
            run=fresh,
            position=step.position,
            key=step.key,
            action=step.action,
            effect=step.effect,
            template=step.template,
        )
        if kept:
            copy.state = Step.State.KEPT
            copy.input, copy.target = step.input, step.target
            copy.before, copy.output, copy.after = step.before, step.output, step.after
            fresh.steps_done += 1
        steps.append(copy)
    Step.objects.bulk_create(steps)
    fresh.save(update_fields=["steps_done"])


def _place(fresh: Run, old: Run, actor: trail.Actor) -> None:
    """An approval belongs to what is done, whatever made the run: a replay needs one of its own."""
    demand = load_definition(old.version.definition).demand
    who = actor.label or actor.id
    if holding.place(fresh, demand, requester=who, identity=actor.identity):
        fresh.save(update_fields=["state", "requester", "requester_identity"])
        why = "The rule demands an approval, for a replay too."
        trail.write([holding.held_entry(fresh, old.rule.name, actor=actor, why=why)])
