"""The five numbers below what waits: each with the list that it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from portal import times
from portal.charts import Spark, sparkline
from portal.forms.events_filters import DELAYED, PARKED, UNMATCHED
from portal.forms.failures_filters import has_open_run
from portal.listing import COUNT_CAP, Count
from portal.overview.links import link_to
from portal.overview.runs_chart import Outcomes
from portal.overview.snapshot import Snapshot
from portal.overview.spans import EPOCH, Span
from provisioning.approvals.models import Approval
from provisioning.events.models import Delivery, Event
from provisioning.runs.models import FailureGroup, Run

#: Only compared with, never shown: beyond the cap no estimate is needed.
COMPARED = ("received_before", "succeeded_before", "stopped_before")
UNDECIDED = (Run.State.HELD, Run.State.UNKNOWN)

#: With fewer events before, a change in percent says nothing.
FEW = 20

_RECEIVED = """
SELECT date_bin(%(bar)s, received_at, %(epoch)s), count(*) FROM (
    SELECT received_at FROM provisioning_event WHERE received_at >= %(start)s
    ORDER BY received_at DESC LIMIT %(most)s) AS newest
GROUP BY 1
"""
_TOOK = """
SELECT date_bin(%(bar)s, received_at, %(epoch)s), count(*),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM settled_at - received_at))
FROM (
    SELECT received_at, settled_at FROM provisioning_event
    WHERE state = 'done' AND received_at >= %(start)s
    ORDER BY received_at DESC LIMIT %(most)s) AS newest
GROUP BY GROUPING SETS ((1), ())
"""


@dataclass(frozen=True, slots=True)
class Number:
    """One cell of the band; `link` is a part of the foot that leads to a list of its own."""

    label: str
    value: str
    unit: str
    url: str
    foot: str
    link: str = ""
    link_url: str = ""
    trend: str = ""
    spark: Spark | None = None


def questions(span: Span, refused_since: datetime) -> dict[str, QuerySet[Any]]:
    """Everything that is counted, by the conditions of the lists."""
    events, runs = Event.objects.all(), Run.objects.all()
    earlier = runs.filter(created_at__gte=span.before, created_at__lt=span.start)
    return {
        "received": events.filter(received_at__gte=span.start),
        "received_before": events.filter(received_at__gte=span.before, received_at__lt=span.start),
        "quarantined": events.filter(state=Event.State.QUARANTINED),
        "unmatched": events.filter(UNMATCHED),
        "delayed": events.filter(DELAYED),
        "parked": events.filter(PARKED),
        "failed": runs.waiting_failures(),
        "causes": FailureGroup.objects.waiting().filter(has_open_run()),
        "retrying": runs.filter(state=Run.State.RETRYING),
        "undecided": runs.filter(state__in=UNDECIDED, superseded=False),
        "approvals": Approval.objects.open(),
        "succeeded_before": earlier.filter(state=Run.State.SUCCEEDED),
        "stopped_before": earlier.filter(state__in=Run.STOPPED_STATES),
        "refused_kept": Delivery.objects.filter(
            outcome=Delivery.Outcome.REFUSED, received_at__gte=refused_since
        ),
    }


def numbers(
    span: Span, counts: Mapping[str, Count], found: Outcomes, facts: Snapshot
) -> list[Number]:
    return [
        _received(span, counts),
        _succeeded(span, counts, found),
        _took(span),
        _retrying(counts, facts, span.now),
        _undecided(counts),
    ]


def _received(span: Span, counts: Mapping[str, Count]) -> Number:
    now, before = counts["received"], counts["received_before"]
    trend, foot = "", f"in the last {span.range.label}"
    if now.exact and before.exact and before.number >= FEW:
        change = round(100 * (now.number - before.number) / before.number)
        trend, foot = f"{change:+d} %".replace("-", "−"), f"on the {span.range.label} before"
    spark = None
    if now.exact and now.number:
        values = _per_bar(span, _rows(_RECEIVED, span))
        spark = sparkline(values, f"Events received over the last {span.range.label}")
    url = link_to("event-list", since=span.range.slug)
    return Number("Events received", str(now), "", url, foot, trend=trend, spark=spark)


def _succeeded(span: Span, counts: Mapping[str, Count], found: Outcomes) -> Number:
    since = span.range.slug
    url = link_to("run-list", state=[Run.State.SUCCEEDED.value], since=since)
    if not found.finished:
        return Number("Runs succeeded", "–", "", url, "no run finished yet")
    share = 100 * found.succeeded / found.finished
    states = [Run.State.SUCCEEDED.value, *(state.value for state in Run.STOPPED_STATES)]
    return Number(
        "Runs succeeded",
        _percent(share),
        "%",
        url,
        f"{found.succeeded:,} of",
        link=f"{found.finished:,} finished",
        link_url=link_to("run-list", state=states, since=since),
        trend=_points(share, counts),
        spark=sparkline(found.shares(), "Share of runs that succeeded"),
    )


def _percent(share: float) -> str:
    """100 only where it is all of them: 99.96 is not rounded up."""
    return "100" if share == 100 else f"{min(share, 99.9):.1f}"


def _points(share: float, counts: Mapping[str, Count]) -> str:
    """The change against the time before, where both were counted in full."""
    good, stopped = counts["succeeded_before"], counts["stopped_before"]
    if not (good.exact and stopped.exact) or good.number + stopped.number < FEW:
        return ""
    points = share - 100 * good.number / (good.number + stopped.number)
    return f"{points:+.1f} pt".replace("-", "−") if abs(points) >= 0.05 else ""


def _took(span: Span) -> Number:
    label = "Event to done, p95"
    url = link_to("event-list", state="done", since=span.range.slug)
    rows = _rows(_TOOK, span)
    count, p95 = next(((row[1], row[2]) for row in rows if row[0] is None), (0, None))
    if not count:
        return Number(label, "–", "", url, "no event is done yet")
    value, _, unit = times.duration(p95).partition(" ")
    if " " in unit:  # two units, such as 3 m 26 s
        value, unit = times.duration(p95), ""
    most = f"the last {count:,}" if count >= COUNT_CAP else f"{count:,}"
    per_bar = _per_bar(span, [(at, took) for at, _, took in rows if at is not None])
    spark = sparkline(per_bar, "Time from event to done")
    return Number(label, value, unit, url, f"of {most} done", spark=spark)


def _retrying(counts: Mapping[str, Count], facts: Snapshot, now: datetime) -> Number:
    foot = "nothing waits for another try"
    if facts.next_retry_at:
        due = facts.next_retry_at
        foot = f"next {times.ago(due, now)}" if due > now else "next at once"
    url = link_to("run-list", state="retrying")
    return Number("Retrying now", str(counts["retrying"]), "", url, foot)


def _undecided(counts: Mapping[str, Count]) -> Number:
    url = link_to("run-list", state=[s.value for s in UNDECIDED], replayed="False")
    foot = "a person decides" if counts["undecided"].number else "nothing to decide"
    return Number("Held or unknown", str(counts["undecided"]), "", url, foot)


def _rows(sql: str, span: Span) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {
        "bar": span.range.bar, "epoch": EPOCH, "start": span.start, "most": COUNT_CAP,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _per_bar(span: Span, rows: Sequence[tuple[datetime, Any]]) -> list[float]:
    values = [0.0] * len(span.bars())
    for at, value in rows:
        values[min(span.bar_of(at), len(values) - 1)] = float(value)
    return values
