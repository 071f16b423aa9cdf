"""A request is locked in one order with what it is about, so that two never wait for each other."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.db import connections

from provisioning import recovery
from provisioning.approvals.models import Approval
from provisioning.clocks import database_now
from provisioning.rules import switching, versions
from provisioning.rules.models import Rule
from tests.conftest import LiveDatabase
from tests.provisioning.gate.support import MAYA, limited, matched, people, plan_of, request_of
from tests.provisioning.runs.conftest import shelf
from tests.support.actions import Shelf
from tests.support.engine import drain, rule, step
from tests.support.world import eventually

__all__ = ["shelf"]
_WAITING = """
SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE NOT granted AND datname = current_database()
"""

Connection = psycopg.Connection[tuple[object, ...]]


@contextmanager
def waiting_behind(connection: Connection, work: Callable[[], object]) -> Iterator[None]:
    """`work` goes on in another thread until it waits for what the connection has locked; it ends
    once the block has."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        with psycopg.connect(connection.info.dsn, password=connection.info.password) as other:
            other.autocommit = True
            eventually(lambda: other.execute(_WAITING).fetchone() is not None, "a wait")
        yield
    finally:
        connection.rollback()
        thread.join(30)
        assert not thread.is_alive()


def can_be_locked(live_db: LiveDatabase, table: str, pk: int) -> bool:
    with psycopg.connect(live_db.owner_url) as connection:
        try:
            connection.execute(f"SELECT FROM {table} WHERE id = {pk} FOR UPDATE NOWAIT")
        except psycopg.errors.LockNotAvailable:
            return False
    return True


@pytest.mark.parametrize("table", ["provisioning_gate", "provisioning_plan"])
def test_what_ends_unanswered_waits_for_its_thing_before_it_takes_the_request(
    live_db: LiveDatabase, shelf: Shelf, table: str
) -> None:
    limited(runs=1)
    matched(*people(0, 3))
    drain()
    approval = request_of(plan_of())
    later = database_now() + timedelta(days=30)
    with psycopg.connect(live_db.owner_url) as person:
        person.execute(f"SELECT FROM {table} FOR UPDATE")
        with waiting_behind(person, lambda: recovery.expire(later)):
            assert can_be_locked(live_db, "provisioning_approval", approval.pk)
    approval.refresh_from_db()
    assert approval.state == Approval.State.EXPIRED


def test_turning_on_waits_for_its_request_before_it_takes_the_rule(
    live_db: LiveDatabase, shelf: Shelf
) -> None:
    made = rule("one", step("test.put", "x"))
    versions.switch("one", on=False, actor=MAYA)
    asked = switching.switch_on("one", reason="", actor=MAYA)
    assert asked is not None
    again = lambda: switching.switch_on("one", reason="Again", actor=MAYA)  # noqa: E731
    with psycopg.connect(live_db.owner_url) as person:
        person.execute("SELECT FROM provisioning_approval FOR UPDATE")
        with waiting_behind(person, again):
            assert can_be_locked(live_db, "provisioning_rule", made.pk)
    assert Approval.objects.open().get() == asked
    assert not Rule.objects.get(pk=made.pk).enabled
