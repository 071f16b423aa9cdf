"""Runs by outcome over time: the bars, and the sums that the numbers above them use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from portal.charts import BarChart, Bucket, Series, stacked_bars
from portal.overview.links import link_to
from portal.overview.spans import Span
from provisioning.runs.models import Run

_SERIES = (
    (Series("Succeeded", "ok"), (Run.State.SUCCEEDED,)),
    (Series("Failed", "bad"), (Run.State.FAILED,)),
    (Series("Retrying", "warn"), (Run.State.RETRYING,)),
    (Series("Held or unknown", "hold"), (Run.State.HELD, Run.State.UNKNOWN)),
    (Series("Under way", "run"), (Run.State.PENDING, Run.State.RUNNING)),
    (Series("Rejected, expired or cancelled", "off"), Run.LET_GO_STATES),
)
_ALWAYS = 2  # the first two are in the legend even at zero

# Counted bar by bar and state by state from the index alone: several times faster than reading
# the rows of a month and grouping them.
_COUNTS = """
SELECT bar.number - 1, named.state, (
    SELECT count(*) FROM provisioning_run AS run
    WHERE run.state = named.state AND run.created_at >= bar.start AND run.created_at < bar.stop)
FROM unnest(%(starts)s::timestamptz[], %(stops)s::timestamptz[])
        WITH ORDINALITY AS bar (start, stop, number),
    unnest(%(states)s::text[]) AS named (state)
"""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """For each bar the number of runs in each state."""

    bars: Sequence[dict[str, int]]

    def total(self, *states: str) -> int:
        return sum(bar.get(state, 0) for bar in self.bars for state in states)

    @property
    def succeeded(self) -> int:
        return self.total(Run.State.SUCCEEDED)

    @property
    def finished(self) -> int:
        return self.total(Run.State.SUCCEEDED, *Run.STOPPED_STATES)

    def shares(self) -> list[float]:
        """The share of each bar that succeeded, of what is finished; nothing finished is well."""
        shares = []
        for bar in self.bars:
            stopped = sum(bar.get(state, 0) for state in Run.STOPPED_STATES)
            good = bar.get(Run.State.SUCCEEDED, 0)
            shares.append(good / (good + stopped) if good + stopped else 1.0)
        return shares


def outcomes(span: Span) -> Outcomes:
    """One query over the runs of the span."""
    times = span.bars()
    bars: list[dict[str, int]] = [{} for _ in times]
    values: dict[str, Any] = {
        "starts": [start for start, _, _ in times],
        "stops": [stop for _, stop, _ in times],
        "states": list(Run.State.values),
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, values)
        for number, state, count in cursor.fetchall():
            bars[number][state] = count
    return Outcomes(bars)


def chart_of(span: Span, found: Outcomes) -> BarChart:
    shown = [
        (series, states)
        for number, (series, states) in enumerate(_SERIES)
        if number < _ALWAYS or found.total(*states)
    ]
    buckets = [
        Bucket(
            label,
            tuple(sum(bar.get(state, 0) for state in states) for _, states in shown),
            link_to("run-list", start=start, end=end),
        )
        for (start, end, label), bar in zip(span.bars(), found.bars, strict=True)
    ]
    series = [one for one, _ in shown]
    return stacked_bars("Runs by outcome", series, buckets, every=span.range.every)
