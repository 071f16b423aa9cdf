"""Loading claimed runs with all that their steps need, in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from typing import Any

from provisioning.events.models import Event, EventProfile, Person
from provisioning.rules import lookups
from provisioning.rules.expressions import TABLES
from provisioning.rules.lookup_entries import Entries
from provisioning.rules.models import Rule, RuleVersion, Verdict
from provisioning.rules.schema import demands_approval
from provisioning.runs.models import Run, Step
from provisioning.runs.seeing import facts
from provisioning.runs.work import Work


def load(ids: Sequence[int]) -> list[Work]:
    """The runs of these ids, oldest event first."""
    if not ids:
        return []
    rows = Run.objects.filter(pk__in=ids).select_related("event")
    runs = list(rows.order_by("published_at", "id"))
    _give_rules(runs)
    profiles = EventProfile.objects.in_bulk([run.event_id for run in runs])
    verdicts = {
        (event, version): trace
        for event, version, trace in Verdict.objects.filter(
            event__in=[run.event_id for run in runs], matched=True
        ).values_list("event_id", "version_id", "trace")
    }
    persons = _persons(runs)
    tables = lookups.frozen(run.lookups for run in runs)
    steps: dict[int, list[Step]] = {}
    for step in Step.objects.filter(run__in=ids).order_by("run_id", "position"):
        steps.setdefault(step.run_id, []).append(step)
    return [
        Work(
            run,
            steps.get(run.pk, []),
            names_for(
                run,
                run.event,
                _renewed(profiles.get(run.event_id), persons.get(run.pk)),
                verdicts.get((run.event_id, run.version_id)),
                tables,
            ),
            persons.get(run.pk),
        )
        for run in runs
    ]


def _give_rules(runs: Sequence[Run]) -> None:
    """Many runs are of few rules: each definition is read once, not once for every run."""
    rules = Rule.objects.in_bulk({run.rule_id for run in runs})
    versions = RuleVersion.objects.in_bulk({run.version_id for run in runs})
    for run in runs:
        run.rule, run.version = rules[run.rule_id], versions[run.version_id]


def _persons(runs: Sequence[Run]) -> dict[int, Person]:
    """Run -> the person as known now, of those runs that somebody has to agree to."""
    waited = {run.pk: run.person_id for run in runs if demands_approval(run.version.definition)}
    if not waited:
        return {}
    known = Person.objects.in_bulk(set(waited.values()))
    return {pk: known[person] for pk, person in waited.items() if person in known}


def _renewed(profile: EventProfile | None, person: Person | None) -> EventProfile | None:
    """Between an event and an approval lie days: what is known by now is what is filled in."""
    if profile is None or person is None or person.user is None or person.user_read_at is None:
        return profile
    if person.user_read_at > profile.read_at:
        profile.user = person.user
    return profile


def names_for(
    run: Run,
    event: Event,
    profile: EventProfile | None,
    trace: dict[str, Any] | None,
    tables: Mapping[tuple[str, int], Entries],
) -> dict[str, Any]:
    """Root name -> value: what the templates of a run may use, besides earlier steps.

    `tables` holds the entries of the lookup versions that the run is bound to.
    """
    names: dict[str, Any] = facts(event, profile).names()
    names["match"] = (trace or {}).get("matches") or {}
    names["run"] = {"code": run.code}
    names["rule"] = {"name": run.rule.name}
    names[TABLES] = {
        name: tables.get((name, number), {}) for name, number in (run.lookups or {}).items()
    }
    return names
