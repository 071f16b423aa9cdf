"""Loading claimed runs with all that their steps need, in a fixed number of queries."""

from collections.abc import Sequence
from typing import Any

from provisioning.events.models import Event, EventProfile
from provisioning.rules.models import Verdict
from provisioning.runs.models import Run, Step
from provisioning.runs.seeing import facts
from provisioning.runs.work import Work


def load(ids: Sequence[int]) -> list[Work]:
    """The runs of these ids, oldest event first."""
    if not ids:
        return []
    runs = list(
        Run.objects.filter(pk__in=ids)
        .select_related("event", "rule", "version")
        .order_by("published_at", "id")
    )
    profiles = EventProfile.objects.in_bulk([run.event_id for run in runs])
    verdicts = {
        (event, version): trace
        for event, version, trace in Verdict.objects.filter(
            event__in=[run.event_id for run in runs], matched=True
        ).values_list("event_id", "version_id", "trace")
    }
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
                profiles.get(run.event_id),
                verdicts.get((run.event_id, run.version_id)),
            ),
        )
        for run in runs
    ]


def names_for(
    run: Run, event: Event, profile: EventProfile | None, trace: dict[str, Any] | None
) -> dict[str, Any]:
    """Root name -> value: what the templates of a run may use, besides earlier steps."""
    names: dict[str, Any] = facts(event, profile).names()
    names["match"] = (trace or {}).get("matches") or {}
    names["run"] = {"code": run.code}
    names["rule"] = {"name": run.rule.name}
    return names
