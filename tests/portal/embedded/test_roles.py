"""The application's database role can work, and can do nothing else."""

import psycopg
import pytest
from django.db import DatabaseError, connection

REFUSED = "permission denied|must be owner|must be superuser"


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE django_migrations ADD COLUMN mine int",
        "DROP TABLE django_migrations",
        "DELETE FROM django_migrations",
        "SET session_replication_role = replica",
        "SET ROLE sluice_owner",
        "COPY django_migrations TO PROGRAM 'cat'",
    ],
)
@pytest.mark.django_db
def test_the_application_may_not(statement: str) -> None:
    with pytest.raises(DatabaseError, match=REFUSED), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_ordinary_tests_run_as_the_application_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolcreatedb, rolcreaterole FROM pg_roles "
            "WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("sluice_app", False, False, False)
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = "
            "(SELECT oid FROM pg_roles WHERE rolname = current_user)"
        )
        assert cursor.fetchone() == (0,)


def test_the_owner_owns_the_tables(owner_connection: psycopg.Connection) -> None:
    found = owner_connection.execute(
        "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('public', 'audit')"
    )
    assert found.fetchall() == [("sluice_owner",)]
