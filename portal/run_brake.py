"""What pages say of a run that a brake holds: which one, who pulled it, why, and since when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from portal import times
from portal.brake import telling
from portal.masking import masked_text
from portal.run_answer import Answer, Link
from provisioning.runs import braked, brakes
from provisioning.runs.brake_models import Brake
from provisioning.runs.models import Run, Step


@dataclass(frozen=True, slots=True)
class Stop:
    """A brake in the line of a run in the list."""

    url: str
    what: str


def brake_answer(run: Run, step: Step | None, on: Sequence[Brake]) -> Answer | None:
    """`on` are the brakes that are on, the newest first. None where none of them holds the run."""
    if step is None or run.state not in Run.WAITING_STATES:
        return None
    holding = brakes.stopping(on, run, step)
    if not holding:
        return None
    goes_on = "once it is released" if len(holding) == 1 else "once all of them are released"
    return Answer(
        "warn",
        "Stopped by the emergency brake",
        [*map(_said, holding), f"This run keeps its place, and goes on by itself {goes_on}."],
        [Link(_url(one), f"Open the brake: {telling.what(one)}") for one in holding],
    )


def _said(brake: Brake) -> str:
    since = times.stamp(brake.pulled_at)
    what = telling.what(brake)
    return f"{what} by {brake.pulled_by} since {since}: {masked_text(brake.reason)}"


def stopped(runs: Sequence[Run]) -> Mapping[int, Stop]:
    """Run -> the newest brake that holds it; two queries at most."""
    return {
        run: Stop(_url(brake), telling.what(brake)) for run, brake in braked.holding(runs).items()
    }


def _url(brake: Brake) -> str:
    return reverse("brake-detail", args=[brake.code])
