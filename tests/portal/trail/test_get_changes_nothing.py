"""Opening a page writes nothing: whoever reads what, every table stays as it was."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from psycopg import sql

from portal.accounts.session_store import SEEN
from portal.models import User
from portal.roles import POLICIES, Role
from portal.users import tokens
from tests.portal.accounts.support import age
from tests.portal.trail import world
from tests.support.factories import COMMAND, client_of, make_user

pytestmark = pytest.mark.django_db

#: What reading may write, and why. Nothing of it is about what the product does.
WRITES = {
    "django_session": "a session says about once a minute that it is used",
}
#: Written where a page is refused: that somebody tried is worth keeping (S20).
REFUSALS = {"audit_entry", "audit_personal"}
#: Pages whose reading is a step of something else, each with a reason.
NOT_READ = {
    "okta-callback": "the way back from Okta signs somebody in",
    "sign-out": "it only takes a POST",
}
ASKING = "?q=zz&since=7d&event=0123456789AB&for=x&find=jane&from=start&next=/rules/"


def fingerprint() -> dict[str, str]:
    """Of every table all rows, so that a change counts as well as a new row."""
    with connection.cursor() as cursor:
        tables = sorted(connection.introspection.table_names(cursor))
        rows = sql.SQL("SELECT {}, md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t")
        parts = [rows.format(sql.Literal(one), sql.Identifier(one)) for one in tables]
        cursor.execute(sql.SQL(" UNION ALL ").join(parts))
        return dict(cursor.fetchall())


def writes() -> dict[str, int]:
    """Of each table that was written to, how often: rows made, changed, even to what they were, or
    removed by this transaction, which holds the whole test."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT regexp_replace(schemaname || '_' || relname, '^public_', ''), "
            "n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables "
            "WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
        )
        return dict(cursor.fetchall())


def readable(things: dict[str, list[world.Arguments]], role: Role | None) -> list[tuple[str, str]]:
    found = list(world.addresses(things))
    return [(name, path) for name, path in found if "GET" in POLICIES[name]]


def test_every_url_that_can_be_read_is_read() -> None:
    names = {name for name, _ in world.addresses(dict(world.make()))}
    reading = {name for name, methods in POLICIES.items() if "GET" in methods}

    assert reading - names == set()


@pytest.mark.parametrize("role", [None, *Role])
def test_no_get_changes_any_table(role: Role | None) -> None:
    reader = make_user(role or Role.AUDITOR, "reader")
    things = dict(world.make(reader))
    client = Client() if role is None else client_of(reader)
    client.get("/")
    rows = fingerprint()
    opened, after = 0, writes()
    for name, path in readable(things, role):
        if name in NOT_READ:
            continue
        for query in ("", ASKING) if role is Role.ADMIN else ("",):
            status = client.get(path + query).status_code
            before, after = after, writes()
            assert status < 500, (path, query)
            changed = {table for table in after if before.get(table) != after[table]}
            changed -= WRITES.keys()
            if status in (401, 403):
                changed -= REFUSALS
            assert not changed, (role, path, query, status)
            opened += status == 200
    assert opened > (0 if role is None else 50)
    changed = {table for table, now in fingerprint().items() if rows[table] != now}
    assert changed <= WRITES.keys() | REFUSALS


def test_a_write_is_noticed_even_one_of_what_is_there_already() -> None:
    user = make_user(Role.AUDITOR)
    before = writes()
    User.objects.filter(pk=user.pk).update(username=user.username)

    after = writes()
    assert {table for table in after if before.get(table) != after[table]} == {"portal_user"}


def test_a_session_that_is_used_again_and_nothing_else_is_noted() -> None:
    client = client_of(make_user(Role.AUDITOR))
    age(client, timedelta(minutes=5), SEEN)
    before = fingerprint()

    assert client.get("/runs/").status_code == 200

    after = fingerprint()
    assert {table for table in after if before[table] != after[table]} == set(WRITES)


def test_of_what_a_machine_reads_only_the_last_use_of_its_token_is_noted() -> None:
    owner = make_user(Role.ADMIN)
    _, text = tokens.make(owner, name="monitor", scopes=["status", "rules"], days=1, actor=COMMAND)
    before = fingerprint()

    for path in ("/api/v1/status", "/api/v1/rules"):
        sent = Client().get(path, headers={"Authorization": f"Bearer {text}"})
        assert sent.status_code == 200

    after = fingerprint()
    assert {table for table in after if before[table] != after[table]} == {"portal_apitoken"}
