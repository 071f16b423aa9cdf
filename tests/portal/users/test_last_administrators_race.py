"""Two administrators who take the role from each other at once: one of them keeps it."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connection, connections, transaction

from portal.models import User
from portal.roles import Role
from portal.users import changes
from tests.conftest import LiveDatabase
from tests.support.factories import COMMAND, make_user
from tests.support.world import eventually

NOTHING = changes.Standing(frozenset(), True)


def take(user: User) -> bool:
    try:
        changes.change(user, NOTHING, reason="No longer here.", actor=COMMAND)
    except changes.CannotChange:
        return False
    return True


def take_elsewhere(user: User) -> bool:
    try:
        return take(user)
    finally:
        connections.close_all()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def test_of_two_taken_at_once_one_stays(live_db: LiveDatabase) -> None:
    one, two = make_user(Role.ADMIN), make_user(Role.ADMIN)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert take(one)
            later = pool.submit(take_elsewhere, two)
            eventually(lambda: later.done() or somebody_waits(), "it waits or has ended")
        assert later.result() is False
