"""What a brake stops or would stop, counted: for the page of the brake, and before its release."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, F, Func, OuterRef, QuerySet, TextField, Value

from provisioning.approvals import policy
from provisioning.runs import brakes
from provisioning.runs.brake_models import Brake
from provisioning.runs.models import Run, Step

MOST_PEOPLE = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """Runs that go on when a brake is released, as they stand now."""

    runs: int
    by_rule: Sequence[tuple[str, int]]
    #: Steps that are not done yet, by effect.
    by_effect: Sequence[tuple[str, int]]
    people: Sequence[str]
    people_count: int


@dataclass(frozen=True, slots=True)
class Reach:
    """How many open runs each brake would stop, now or on their way."""

    everything: int
    destructive: int
    by_service: Mapping[str, int]
    by_rule: Mapping[str, int]


def _undone() -> QuerySet[Step]:
    return Step.objects.exclude(state__in=Step.DONE_STATES)


def runs_under(brake: Brake) -> QuerySet[Run]:
    """Open runs with a step still to be done that this brake covers."""
    steps = _undone().filter(brakes.covered_steps(brake), run=OuterRef("pk"))
    return Run.objects.filter(Exists(steps), state__in=Run.OPEN_STATES)


def waiting(brake: Brake) -> Waiting:
    runs = runs_under(brake)
    by_rule = runs.values_list("rule__name").annotate(n=Count("pk")).order_by("-n", "rule__name")
    steps = _undone().filter(run__in=runs.values("pk"))
    by_effect = steps.values_list("effect").annotate(n=Count("pk")).order_by("-n", "effect")
    people = runs.exclude(person_id="").values("person_id").distinct()
    logins = runs.exclude(person_login="").values_list("person_login", flat=True)
    rules = list(by_rule)
    return Waiting(
        runs=sum(n for _, n in rules),
        by_rule=rules,
        by_effect=list(by_effect),
        people=list(logins.distinct().order_by("person_login")[:MOST_PEOPLE]),
        people_count=people.count(),
    )


def holding(runs: Iterable[Run]) -> dict[int, Brake]:
    """Run -> the newest brake that keeps it from going on. One query where none is on, else two."""
    on = list(Brake.objects.on().select_related("rule").order_by("-pulled_at", "-id"))
    waiting_ones = {run.pk: run for run in runs if run.state in Run.WAITING_STATES}
    if not on or not waiting_ones:
        return {}
    found = {}
    steps = _undone().filter(run__in=waiting_ones).order_by("run_id", "position")
    for step in steps.distinct("run_id").only("run_id", "effect", "action", "target"):
        if stop := brakes.stopping(on, waiting_ones[step.run_id], step):
            found[step.run_id] = stop[0]
    return found


def reach() -> Reach:
    steps = _undone().filter(run__state__in=Run.OPEN_STATES)
    service = Func(
        F("action"), Value(r"\.[^.]+$"), Value(""),
        function="regexp_replace", output_field=TextField(),
    )  # fmt: skip
    runs = Count("run", distinct=True)
    destructive = steps.filter(effect__in=policy.DESTRUCTIVE)
    return Reach(
        everything=Run.objects.filter(state__in=Run.OPEN_STATES).count(),
        destructive=destructive.aggregate(n=runs)["n"],
        by_service=dict(steps.values_list(service).annotate(n=runs)),
        by_rule=dict(steps.values_list("run__rule__name").annotate(n=runs)),
    )
