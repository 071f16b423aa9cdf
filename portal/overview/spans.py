"""The four ranges of the overview and the bars that each is cut into."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2000, 1, 3, tzinfo=UTC)  # a Monday, from which bars are counted


@dataclass(frozen=True, slots=True)
class Range:
    """`slug` is what stands in the URL and what lists take as `since`."""

    slug: str
    label: str
    length: timedelta
    bar: timedelta
    every: int
    time_format: str


RANGES = {
    one.slug: one
    for one in (
        Range("1h", "1 h", timedelta(hours=1), timedelta(minutes=5), 5, "%H:%M"),
        Range("24h", "24 h", timedelta(hours=24), timedelta(hours=1), 5, "%H:%M"),
        Range("7d", "7 d", timedelta(days=7), timedelta(hours=6), 8, "%a %H:%M"),
        Range("30d", "30 d", timedelta(days=30), timedelta(days=1), 7, "%-d %b"),
    )
}
DEFAULT = RANGES["24h"]


@dataclass(frozen=True, slots=True)
class Span:
    """A range that ends now. Its bars begin at round times; the first is cut where it starts."""

    range: Range
    now: datetime

    @property
    def start(self) -> datetime:
        return self.now - self.range.length

    @property
    def before(self) -> datetime:
        """Where the range of the same length before this one starts."""
        return self.start - self.range.length

    def bars(self) -> list[tuple[datetime, datetime, str]]:
        """From, until and label of each bar; together they are the whole span."""
        bars = []
        at = EPOCH + (self.start - EPOCH) // self.range.bar * self.range.bar
        while at <= self.now:
            label = f"{at:{self.range.time_format}}"
            bars.append((max(at, self.start), at + self.range.bar, label))
            at += self.range.bar
        return bars

    def bar_of(self, at: datetime) -> int:
        """The number of the bar that a row's `date_bin` time stands for."""
        first = (self.start - EPOCH) // self.range.bar
        return (at - EPOCH) // self.range.bar - first
