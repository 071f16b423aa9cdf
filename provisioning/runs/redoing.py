"""The run that would take the place of another, and its steps, before anything of it is saved.

Plans draft with these functions what replaying would do, and replaying saves what they draft.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from audit.canonical import clean
from provisioning.actions.registry import ACTIONS
from provisioning.events.models import EventProfile
from provisioning.rules.definitions import Definition, load_definition
from provisioning.rules.matching import Listener, Said, ask_one
from provisioning.rules.models import RuleVersion, Verdict
from provisioning.runs.models import Run, Step
from provisioning.runs.seeing import facts


def said_now(run: Run, profile: EventProfile | None = None) -> Said | None:
    """What the rule's current version says of the run's event; None if the run has that version.

    `run` comes with its rule, the rule's current version and its event.
    """
    version = run.rule.current
    if version is None or version.pk == run.version_id:
        return None
    if profile is None:
        profile = EventProfile.objects.filter(pk=run.event_id).first()
    definition = _definition(version)
    listener = Listener(run.rule_id, run.rule.name, version.pk, version.number, definition)
    return ask_one(listener, facts(run.event, profile))


#: digest -> definition; a digest says what the definition is.
_definitions: dict[str, Definition] = {}


def _definition(version: RuleVersion) -> Definition:
    if len(_definitions) > 500:
        _definitions.clear()
    if version.digest not in _definitions:
        _definitions[version.digest] = load_definition(version.definition)
    return _definitions[version.digest]


def unmatched(said: Said) -> str:
    return f"The rule's current version, v{said.listener.number}, does not match its event."


def verdict_of(run: Run, said: Said, now: datetime) -> Verdict:
    return Verdict(
        event_id=run.event_id,
        rule_id=run.rule_id,
        version_id=said.listener.version_id,
        matched=said.matched,
        trace=clean(said.trace),
        why=clean(said.why),
        created_at=now,
    )


def tables_of(old: Run, said: Said | None) -> Iterable[str]:
    """The lookup tables that the run in the place of this one would read."""
    return said.listener.definition.tables if said else old.lookups or ()


def drafted(
    old: Run, said: Said | None, now: datetime, *, numbers: Mapping[str, int], code: str = ""
) -> Run:
    """The run that would take the place of this one, not saved; `said` is of another version, and
    `numbers` says which version of each lookup table is in force."""
    tables = tables_of(old, said)
    fresh = Run(
        event_id=old.event_id,
        rule_id=old.rule_id,
        version_id=said.listener.version_id if said else old.version_id,
        person_id=old.person_id,
        person_login=old.person_login,
        lane=old.lane,
        published_at=old.published_at,
        mode=Run.Mode.REPLAY,
        replay_of=old,
        lookups={name: numbers[name] for name in tables if name in numbers} or None,
        step_count=len(said.listener.definition.do) if said else old.step_count,
        due_at=now,
        created_at=now,
    )
    if code:
        fresh.code = code
    return fresh


def drafted_steps(
    old: Sequence[Step],
    fresh: Run,
    said: Said | None,
    *,
    from_start: bool,
    confirmed: int | None = None,
) -> list[Step]:
    """The steps that the new run would have, those kept with what they gave."""
    done = {
        step.key: step
        for step in old
        if not from_start and (step.state in Step.DONE_STATES or step.pk == confirmed)
    }
    steps = _like(old, fresh) if said is None else _of_version(said, fresh)
    for step in steps:
        kept = done.get(step.key)
        if kept and (kept.action, kept.template) == (step.action, step.template):
            step.state = Step.State.KEPT
            step.input, step.target = kept.input, kept.target
            step.before, step.output, step.after = kept.before, kept.output, kept.after
    return steps


def _like(old: Sequence[Step], fresh: Run) -> list[Step]:
    return [
        Step(
            run=fresh,
            position=step.position,
            key=step.key,
            action=step.action,
            effect=step.effect,
            template=step.template,
        )
        for step in old
    ]


def _of_version(said: Said, fresh: Run) -> list[Step]:
    return [
        Step(
            run=fresh,
            position=position,
            key=step.id,
            action=step.action,
            effect=ACTIONS[step.action].effect.value,
            template=step.with_,
        )
        for position, step in enumerate(said.listener.definition.do, start=1)
    ]
