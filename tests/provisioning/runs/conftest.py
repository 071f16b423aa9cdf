"""A database of its own for each test, and actions on a shelf."""

from collections.abc import Iterator

import pytest

from tests.conftest import LiveDatabase
from tests.provisioning.runs.outages import out, people_are_told
from tests.support.actions import Shelf, installed
from tests.support.worlds import session_sandbox, world

__all__ = ["out", "people_are_told", "session_sandbox", "world"]


@pytest.fixture
def shelf(live_db: LiveDatabase) -> Iterator[Shelf]:
    with installed() as found:
        yield found
