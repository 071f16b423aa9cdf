"""Tries are counted before they are looked at, so none slips through beside the others (S16)."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from portal.accounts import throttling
from portal.models import Throttle
from tests.conftest import LiveDatabase


def test_many_at_once_are_counted_each(live_db: LiveDatabase) -> None:
    def take(_: int) -> str:
        try:
            return throttling.take(["name:x", "address:y"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(take, range(40)))
    assert found.count("") == 10
    assert Throttle.objects.get(bucket="name:x").tries == 40
