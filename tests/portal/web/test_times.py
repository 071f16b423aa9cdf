"""Times and durations in words."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from portal import times

NOW = datetime(2026, 11, 20, 10, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.004, "4 ms"), (0.0, "0 ms"), (0.62, "0.62 s"), (9.996, "10 s"), (12.4, "12 s"),
        (206, "3 m 26 s"), (120, "2 m"), (7_800, "2 h 10 m"), (3_605, "1 h"),
        (273_600, "3 d 4 h"), (-5, "0 ms"),
    ],
)  # fmt: skip
def test_a_duration_has_at_most_two_units(seconds: float, said: str) -> None:
    assert times.duration(seconds) == said
    assert times.duration(timedelta(seconds=seconds)) == said


def test_no_duration_is_no_text() -> None:
    assert times.duration(None) == ""


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "now"), (8, "8 s ago"), (150, "2 m ago"), (7_300, "2 h ago"), (-38, "in 38 s")],
)
def test_a_distance_has_one_unit(seconds: float, said: str) -> None:
    assert times.ago(NOW - timedelta(seconds=seconds), NOW) == said


def test_every_time_is_shown_in_utc() -> None:
    at = datetime(2026, 11, 20, 11, 2, 3, 118_000, tzinfo=timezone(timedelta(hours=1)))
    assert times.stamp(at) == "2026-11-20 10:02:03 UTC"
    assert times.clock(at) == "10:02:03.118"
    assert times.iso(at) == "2026-11-20T10:02:03.118000Z"
