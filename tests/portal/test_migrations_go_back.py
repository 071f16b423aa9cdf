"""Every migration can be undone, and done again with the same result."""

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections

from tests.conftest import LiveDatabase

OURS = ("provisioning", "portal", "audit")
_OURS = "nspname IN ('public', 'audit')"
#: What tables, indexes, constraints, triggers, functions and rights there are, in words.
_SHAPE = {
    "columns": """
        SELECT attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull,
            attidentity, pg_get_expr(adbin, adrelid)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'r'
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE {ours} AND attnum > 0 AND NOT attisdropped""",
    "tables": """
        SELECT pg_class.oid::regclass, reloptions, relowner::regrole FROM pg_class
        JOIN pg_namespace ON relkind IN ('r', 'S') AND pg_namespace.oid = relnamespace
        WHERE {ours}""",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname IN ('public', 'audit')",
    "constraints": """
        SELECT conrelid::regclass, conname, pg_get_constraintdef(pg_constraint.oid)
        FROM pg_constraint JOIN pg_namespace ON pg_namespace.oid = connamespace
        WHERE {ours}""",
    "triggers": "SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal",
    "functions": """
        SELECT pg_get_functiondef(pg_proc.oid) FROM pg_proc
        JOIN pg_namespace ON prokind = 'f' AND pg_namespace.oid = pronamespace
        WHERE {ours}""",
    "rights": """
        SELECT grantee, table_schema, table_name, privilege_type
        FROM information_schema.role_table_grants WHERE table_schema IN ('public', 'audit')""",
    "rights to columns": """
        SELECT grantee, table_name, column_name, privilege_type
        FROM information_schema.column_privileges WHERE table_schema = 'audit'""",
}


def shape(connection: psycopg.Connection) -> dict[str, set[str]]:
    found = {}
    for kind, query in _SHAPE.items():
        found[kind] = {str(row) for row in connection.execute(query.format(ours=_OURS))}
    return found


@pytest.fixture
def owner(live_db: LiveDatabase, owner_connection: psycopg.Connection) -> psycopg.Connection:
    owner_connection.autocommit = True
    return owner_connection


def migrate(*what: str) -> None:
    call_command("migrate", *what, verbosity=0, interactive=False)
    connections.close_all()


def test_back_to_nothing_and_forward_again_gives_the_same_database(
    owner: psycopg.Connection,
) -> None:
    before = shape(owner)
    assert all(before.values())
    for app in OURS:
        migrate(app, "zero")
    left = shape(owner)
    for app in OURS:
        assert not [table for table in left["tables"] if f"'{app}" in table]
    assert not left["triggers"]
    assert not left["functions"]
    migrate()
    assert shape(owner) == before
