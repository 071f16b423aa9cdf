"""Waits grow, are spread, are capped, and honour what the target asked for."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from provisioning.runs.backoff import CAP_SECONDS, delay, given_up

ATTEMPTS = st.integers(min_value=1, max_value=100_000)
ROLLS = st.floats(min_value=0, max_value=1, exclude_max=True)


@given(ATTEMPTS, ROLLS)
def test_a_wait_is_between_a_second_and_a_quarter_of_an_hour(attempt: int, roll: float) -> None:
    assert 1 <= delay(attempt, roll=roll).total_seconds() <= CAP_SECONDS


@given(ATTEMPTS, ROLLS, st.floats(min_value=0, max_value=7200))
def test_a_wait_is_never_shorter_than_the_target_asked_for(
    attempt: int, roll: float, retry_after: float
) -> None:
    waited = delay(attempt, retry_after, roll).total_seconds()
    assert max(1, retry_after) - 1e-5 <= waited <= retry_after + CAP_SECONDS + 1e-5


@given(st.integers(min_value=1, max_value=30))
def test_the_longest_possible_wait_grows_with_the_attempts(attempt: int) -> None:
    assert delay(attempt, roll=0.999) <= delay(attempt + 1, roll=0.999)


def test_the_first_wait_is_short_and_later_ones_are_capped() -> None:
    assert delay(1, roll=0.5).total_seconds() == 2
    assert delay(50, roll=0.5).total_seconds() == CAP_SECONDS / 2


def test_waits_are_spread() -> None:
    assert len({delay(10) for _ in range(50)}) > 40


def test_tries_end_after_the_hours_of_the_setting(settings: Settings) -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    settings.RETRY_FOR_HOURS = 24
    assert not given_up(start, start + timedelta(hours=24))
    assert given_up(start, start + timedelta(hours=24, seconds=1))
