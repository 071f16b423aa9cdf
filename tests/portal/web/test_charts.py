"""Shapes of charts, and what they say to somebody who cannot see them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from portal import charts
from portal.charts import Bucket, Series

SERIES = [Series("Succeeded", "ok"), Series("Failed", "bad")]
START = datetime(2026, 11, 20, 9, tzinfo=UTC)


def chart(*values: tuple[int, int]) -> charts.BarChart:
    buckets = [
        Bucket(f"{9 + n:02}:00", value, f"/runs/?hour={n}") for n, value in enumerate(values)
    ]
    return charts.stacked_bars("Runs", SERIES, buckets)


def test_the_parts_of_a_bar_stand_on_each_other() -> None:
    good, bad = chart((50, 25)).bars[0].parts
    assert good.y + good.height == pytest.approx(charts.HEIGHT)
    assert bad.y + bad.height == pytest.approx(good.y)
    assert good.height == pytest.approx(2 * bad.height)


def test_a_chart_says_its_finding_and_each_bar_its_numbers() -> None:
    found = chart((50, 38), (3, 0))
    assert found.finding == "91 in all: 53 succeeded, 38 failed."
    assert [bar.text for bar in found.bars] == [
        "09:00: 50 succeeded, 38 failed",
        "10:00: 3 succeeded",
    ]


def test_a_chart_of_nothing_is_drawn_and_says_so() -> None:
    found = charts.stacked_bars("Runs", SERIES, [])
    assert found.finding == "Nothing."
    assert "<svg" in render_to_string("components/_chart_bars.html", {"chart": found})


@given(st.integers(min_value=0, max_value=10**9))
def test_the_axis_covers_the_largest_bar_in_few_round_steps(largest: int) -> None:
    top, step = charts.scale(largest)
    assert top >= max(largest, 1)
    assert top % step == 0
    assert 1 <= top // step <= 6


def test_failed_bars_are_hatched_and_every_bar_is_a_link_with_a_table_beside() -> None:
    html = render_to_string("components/_chart_bars.html", {"chart": chart((5, 2), (1, 0))})
    assert html.count('class="hatch"') == 1
    assert html.count('<a href="/runs/?hour=0"') == 2
    assert "<title" in html
    assert "<desc" in html
    assert "Show as table" in html


def test_a_label_from_outside_is_escaped() -> None:
    bucket = Bucket("<script>alert(1)</script>", (1, 1), '/?q="><script>')
    found = charts.stacked_bars("Runs", SERIES, [bucket])
    assert "<script" not in render_to_string("components/_chart_bars.html", {"chart": found})


def test_a_short_attempt_can_still_be_seen_in_its_lane() -> None:
    span = (START, START + timedelta(milliseconds=4), "ok")
    lane = charts.lane(START, START + timedelta(minutes=3), [span], "4 ms")
    assert lane.marks == ((0.0, 12.0, "ok"),)


def test_an_attempt_at_the_end_stays_inside_its_lane() -> None:
    end = START + timedelta(seconds=10)
    ((x, width, _),) = charts.lane(START, end, [(end, end, "bad")], "").marks
    assert x + width <= 1000


@given(st.lists(st.integers(min_value=0, max_value=10**6), max_size=50))
def test_a_sparkline_stays_in_its_box(values: list[int]) -> None:
    points = [point.split(",") for point in charts.sparkline(values, "").points.split()]
    assert len(points) == len(values)
    assert all(0 <= float(x) <= 72.01 and 0 <= float(y) <= 20 for x, y in points)


def test_a_horizontal_bar_never_leaves_its_track() -> None:
    assert charts.horizontal_bar(150, 100, "bad", "").width == 100
    assert charts.horizontal_bar(1, 0, "bad", "").width == 0


@given(st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=50))
def test_small_bars_are_one_path_that_stays_in_its_box(values: list[int]) -> None:
    bars = charts.spark_bars(values, "").path.removesuffix("z").split("z")
    assert len(bars) == len(values)
    for bar in bars:
        x, y, width, height, back = map(float, re.split(r"[Mhv ]", bar)[1:])
        assert 0 <= x <= x + width <= 76.01
        assert 0 <= y <= y + height <= 20.01
        assert back == -width
