"""What a batch of verdicts makes: runs with their steps, profiles as they were, entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from audit import trail
from audit.canonical import clean
from provisioning import bulk, failpoints
from provisioning.actions.registry import ACTIONS
from provisioning.events.models import Event, EventProfile, Person
from provisioning.rules import lookups
from provisioning.rules.definitions import Definition, StepDefinition
from provisioning.rules.matching import Said
from provisioning.rules.models import Verdict
from provisioning.runs import gate, holding, postponing
from provisioning.runs.models import Run, Step


@dataclass(frozen=True, slots=True)
class Match:
    """An event held against the rules: what each said, and what they were told of the person."""

    event: Event
    said: list[Said]
    profile: EventProfile | None


def store(
    matches: Sequence[Match],
    persons: Mapping[str, Person],
    *,
    actor: trail.Actor,
    now: datetime,
) -> None:
    """Everything one batch of verdicts changes, in the caller's transaction."""
    bulk.insert(EventProfile, (match.profile for match in matches if match.profile))
    bulk.insert(
        Verdict,
        (_verdict(match.event, said, now) for match in matches for said in match.said),
        ignore_conflicts=True,
    )
    tables = _tables(matches)
    runs = [
        _run(match.event, said, persons.get(match.event.person_id), now, tables)
        for match in matches
        for said in match.said
        if said.matched
    ]
    _make(runs)
    gate.hold_bursts([run for run, _ in runs], _definitions(matches), actor=actor, now=now)
    bulk.update(Person, [persons[pk] for pk in sorted(persons)], _LEARNT)
    held = [run for run, _ in runs if run.state == Run.State.HELD and not run.burst]
    going = {run.event_id for run, _ in runs if run.state != Run.State.HELD}
    for match in matches:
        _settle(match, now, going=match.event.pk in going)
    bulk.update(Event, [match.event for match in matches], postponing.SETTLED)
    trail.write([_told(match, actor) for match in matches] + _told_held(matches, held, actor))
    failpoints.reach("schedule.before_commit")


_LEARNT = (
    "login", "name", "status", "user", "user_read_at", "previous", "previous_read_at",
    "last_event_at",
)  # fmt: skip


def _verdict(event: Event, said: Said, now: datetime) -> Verdict:
    return Verdict(
        event_id=event.pk,
        rule_id=said.listener.rule_id,
        version_id=said.listener.version_id,
        matched=said.matched,
        trace=clean(said.trace),
        why=clean(said.why),
        created_at=now,
    )


def _tables(matches: Sequence[Match]) -> Mapping[str, int]:
    """The versions of the lookup tables that these runs read from now on."""
    matched = (said for match in matches for said in match.said if said.matched)
    names = {name for said in matched for name in said.listener.definition.tables}
    return lookups.numbers(names) if names else {}


def _run(
    event: Event, said: Said, person: Person | None, now: datetime, tables: Mapping[str, int]
) -> tuple[Run, Sequence[StepDefinition]]:
    steps = said.listener.definition.do
    run = Run(
        event=event,
        rule_id=said.listener.rule_id,
        version_id=said.listener.version_id,
        person_id=event.person_id,
        person_login=person.login if person else "",
        lane=event.lane,
        published_at=event.published_at,
        lookups={name: tables[name] for name in said.listener.definition.tables & tables.keys()}
        or None,
        step_count=len(steps),
        due_at=now,
        created_at=now,
    )
    demand = said.listener.definition.demand
    holding.place(
        run, demand, requester=f"Okta, {event.event_type}", identity=f"event:{event.code}"
    )
    return run, steps


def _make(runs: Sequence[tuple[Run, Sequence[StepDefinition]]]) -> None:
    bulk.insert(Run, (run for run, _ in runs))
    bulk.insert(
        Step,
        (
            Step(
                run_id=run.pk,
                position=position,
                key=step.id,
                action=step.action,
                effect=ACTIONS[step.action].effect.value,
                template=step.with_,
            )
            for run, steps in runs
            for position, step in enumerate(steps, start=1)
        ),
    )


def _definitions(matches: Sequence[Match]) -> dict[int, Definition]:
    """The definitions that matched, by rule."""
    return {
        said.listener.rule_id: said.listener.definition
        for match in matches
        for said in match.said
        if said.matched
    }


def _settle(match: Match, now: datetime, *, going: bool) -> None:
    event = match.event
    event.run_count = sum(said.matched for said in match.said)
    event.state = Event.State.IN_FLIGHT if going else Event.State.HELD
    if not event.run_count:
        event.state = Event.State.NO_MATCH
    event.settled_at = None if event.run_count else now
    event.error_code = event.error = ""
    event.lease_until = None
    event.lost_claims = 0


def _told(match: Match, actor: trail.Actor) -> trail.Row:
    verdicts = {
        f"{said.listener.name} v{said.listener.number}": said.matched for said in match.said
    }
    return trail.draft(
        "event.scheduled",
        actor=actor,
        obj=trail.Object("event", match.event.code, match.event.event_type),
        data={"uuid": match.event.uuid, "verdicts": verdicts, "runs": match.event.run_count},
    )


def _told_held(
    matches: Sequence[Match], held: Sequence[Run], actor: trail.Actor
) -> list[trail.Row]:
    names = {s.listener.rule_id: s.listener.name for match in matches for s in match.said}
    why = "The rule demands an approval."
    return [holding.held_entry(run, names[run.rule_id], actor=actor, why=why) for run in held]
