from collections.abc import Iterator

import pytest
import time_machine

from tests.support.factories import NOW


@pytest.fixture(autouse=True)
def _clock_stands(redis_url: str) -> Iterator[None]:
    """The overview reads the clock itself, and asks Redis how much waits."""
    with time_machine.travel(NOW, tick=False):
        yield
