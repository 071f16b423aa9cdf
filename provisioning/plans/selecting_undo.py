"""What an undo is made of: the steps of one run, or of all that a rule version did since a time."""

from datetime import datetime

from django.db.models import QuerySet

from provisioning.plans.selecting import MOST_ITEMS, CannotPlan, Chosen
from provisioning.plans.undoing import step_key
from provisioning.rules.models import RuleVersion
from provisioning.runs.models import Run, Step

_DONE = (Step.State.SUCCEEDED, Step.State.ALREADY)


def of_run(run: Run) -> list[Chosen]:
    """The steps of a run that are done, the last first. Raises CannotPlan."""
    return _chosen(Step.objects.filter(run=run), "This run has done nothing that could be undone.")


def of_version(version: RuleVersion, since: datetime) -> list[Chosen]:
    """What runs of this version have done since then, the last first. Raises CannotPlan."""
    steps = Step.objects.filter(run__version=version, finished_at__gte=since)
    steps = steps.exclude(run__mode=Run.Mode.UNDO)
    return _chosen(steps, f"Version {version.number} has done nothing since then.")


def _chosen(steps: QuerySet[Step], nothing: str) -> list[Chosen]:
    # Only what a plan keeps: a hundred thousand steps with what they read and gave are a gigabyte.
    columns = ("run__code", "key", "run", "run__event", "run__person_id", "run__person_login")
    done = steps.filter(state__in=_DONE).order_by("-finished_at", "-run_id", "-position")
    rows = done.values_list(*columns)[: MOST_ITEMS + 1]
    found = [Chosen(step_key(code, key), *others) for code, key, *others in rows]
    if not found:
        raise CannotPlan(nothing)
    if len(found) > MOST_ITEMS:
        raise CannotPlan(f"More than {MOST_ITEMS:,} steps; one plan holds no more. Narrow it.")
    return found
