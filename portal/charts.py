"""Shapes of charts, computed here and drawn as SVG by templates/components/_chart_*.html.

An SVG holds only shapes and is stretched to its box; all text is HTML beside it. Every chart says
its finding in words and can be shown as a table.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT = 1000.0, 200.0


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a stacked bar; `tone` is one of portal.badges.TONES."""

    label: str
    tone: str
    total: int = 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bar: what it stands for, a number for each series, and the list that it opens."""

    label: str
    values: tuple[int, ...]
    href: str


@dataclass(frozen=True, slots=True)
class Part:
    tone: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    width: float
    href: str
    text: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A grid line and the number that stands beside it."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class BarChart:
    title: str
    finding: str
    series: tuple[Series, ...]
    buckets: tuple[Bucket, ...]
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    ticks: tuple[str, ...]
    width: float = WIDTH
    height: float = HEIGHT


def stacked_bars(
    title: str, series: Sequence[Series], buckets: Sequence[Bucket], *, every: int = 4
) -> BarChart:
    """Bars over time, the first series at the bottom. `every` is the distance of time labels."""
    totals = [sum(bucket.values[index] for bucket in buckets) for index in range(len(series))]
    known = tuple(
        Series(one.label, one.tone, total) for one, total in zip(series, totals, strict=True)
    )
    top, step = scale(max((sum(bucket.values) for bucket in buckets), default=0))
    slot = WIDTH / max(len(buckets), 1)
    bars = tuple(
        _bar(index * slot, slot, bucket, known, top) for index, bucket in enumerate(buckets)
    )
    lines = tuple(
        Line(_round(HEIGHT - HEIGHT * value / top), f"{value:,}") for value in range(top, -1, -step)
    )
    ticks = tuple(bucket.label if not i % every else "" for i, bucket in enumerate(buckets))
    finding = f"{sum(totals):,} in all: {_words(known, totals)}." if any(totals) else "Nothing."
    return BarChart(title, finding, known, tuple(buckets), bars, lines, ticks)


def scale(largest: int) -> tuple[int, int]:
    """The top of the axis and the distance of its lines: 4 or 5 round steps, whole numbers."""
    rough = max(largest, 4) / 5
    power = 10 ** math.floor(math.log10(rough))
    step = max(1, next(int(power * n) for n in (1, 2, 5, 10) if power * n >= rough))
    return step * math.ceil(max(largest, 1) / step), step


def _bar(x: float, slot: float, bucket: Bucket, series: Sequence[Series], top: int) -> Bar:
    parts, y = [], HEIGHT
    for one, value in zip(series, bucket.values, strict=True):
        if value:
            height = HEIGHT * value / top
            y -= height
            parts.append(Part(one.tone, _round(y), _round(height)))
    text = f"{bucket.label}: {_words(series, bucket.values)}"
    return Bar(_round(x + slot * 0.16), _round(slot * 0.68), bucket.href, text, tuple(parts))


def _words(series: Sequence[Series], values: Sequence[int]) -> str:
    said = [
        f"{value:,} {one.label.lower()}" for one, value in zip(series, values, strict=True) if value
    ]
    return ", ".join(said) or "none"


@dataclass(frozen=True, slots=True)
class Spark:
    """A small line without axes, 72 x 20; `points` is an SVG polyline."""

    points: str
    text: str


def sparkline(values: Sequence[float], text: str) -> Spark:
    top, low = max(values, default=0), min(values, default=0)
    span = (top - low) or 1
    step = 72 / max(len(values) - 1, 1)
    points = " ".join(
        f"{_round(index * step):g},{_round(18 - 16 * (value - low) / span):g}"
        for index, value in enumerate(values)
    )
    return Spark(points, text)


@dataclass(frozen=True, slots=True)
class SparkBars:
    """Small bars without axes, 76 x 20; `path` draws them all, a quiet time as a thin line."""

    path: str
    text: str


def spark_bars(values: Sequence[int], text: str) -> SparkBars:
    slot, top = 76 / max(len(values), 1), max(values, default=0) or 1
    width = _round(max(slot - 1.5, 1))
    heights = [_round(max(1.0, 20 * value / top)) for value in values]
    # Made here: a list draws a thousand bars, and a template takes far longer for each number.
    path = "".join(
        f"M{_round(index * slot):g} {_round(20 - height):g}h{width:g}v{height:g}h-{width:g}z"
        for index, height in enumerate(heights)
    )
    return SparkBars(path, text)


@dataclass(frozen=True, slots=True)
class HorizontalBar:
    """A share of 100: width of the filled part, its tone, and what it says."""

    width: float
    tone: str
    text: str


def horizontal_bar(value: float, of: float, tone: str, text: str) -> HorizontalBar:
    return HorizontalBar(_round(100 * min(max(value / of, 0), 1)) if of else 0.0, tone, text)


@dataclass(frozen=True, slots=True)
class Lane:
    """When a step worked, within its run: marks of 0 to 1000 units with a tone each."""

    marks: tuple[tuple[float, float, str], ...]
    text: str


def lane(
    start: datetime, end: datetime, spans: Sequence[tuple[datetime, datetime, str]], text: str
) -> Lane:
    """`start` and `end` are the run's; each span is (from, until, tone), an attempt of the step.

    A mark is at least 12 units wide, so that 4 ms within 3 minutes can be seen.
    """
    whole = (end - start).total_seconds() or 1e-9
    marks = []
    for begun, ended, tone in spans:
        x = 1000 * min(max((begun - start).total_seconds() / whole, 0), 1)
        width = max(12.0, 1000 * (ended - begun).total_seconds() / whole)
        x = min(x, 1000 - 12.0)
        marks.append((_round(x), _round(min(width, 1000 - x)), tone))
    return Lane(tuple(marks), text)


def _round(value: float) -> float:
    return round(value, 2)
