"""What counts as one place for whoever guesses (S16)."""

import pytest
from pytest_django import Settings

from tests.portal.accounts.test_throttling import attempt, statuses

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "pattern",
    ["2001:db8:1:2::{0}", "[2001:db8:1:2::{0}]:4711", "198.51.100.7:1{0}", "::ffff:c633:6407"],
)
def test_one_place_is_counted_once(settings: Settings, pattern: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    tries = [
        attempt(f"person-{number}", x_forwarded_for=pattern.format(number)) for number in range(18)
    ]
    assert statuses(tries) == [422] * 15 + [429] * 3


@pytest.mark.parametrize(
    "pattern", ["2001:db8:1:{0}::1", "198.51.100.{0}", "::ffff:198.51.100.{0}"]
)
def test_others_are_not_held_up(settings: Settings, pattern: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    tries = [
        attempt(f"person-{number}", x_forwarded_for=pattern.format(number)) for number in range(18)
    ]
    assert statuses(tries) == [422] * 18
