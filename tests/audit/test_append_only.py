"""Nobody changes or removes an entry: neither application nor owner nor replica (A04–A08)."""

import psycopg
import pytest

from audit import trail
from audit.models import Entry
from portal.models import User
from tests.conftest import LiveDatabase

ACTOR = trail.Actor("command", "tests", "tests", "tests")


def told() -> Entry:
    code = trail.record("rule.created", actor=ACTOR, obj=trail.Object("rule", "r", "r"))
    return Entry.objects.get(code=code)


@pytest.fixture
def app(live_db: LiveDatabase) -> psycopg.Connection:
    """psycopg as the application's role, on a database with one entry."""
    told()
    return psycopg.connect(live_db.app_url, autocommit=True)


CHANGES = [
    "UPDATE audit.entry SET verb = 'x'",
    "DELETE FROM audit.entry",
    "TRUNCATE audit.entry CASCADE",
    "UPDATE audit.personal SET view = '{}'",
    "DELETE FROM audit.personal",
    "UPDATE audit.log_epoch SET reason = 'x'",
    "DELETE FROM audit.log_epoch",
    "INSERT INTO audit.log_epoch (epoch, system_identifier, reason) VALUES (2, 'x', 'x')",
    "INSERT INTO audit.entry (code, verb) SELECT code, verb FROM audit.entry "
    "ON CONFLICT (code) DO UPDATE SET verb = 'x'",
    "MERGE INTO audit.entry e USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
]
TAMPERING = [
    "ALTER TABLE audit.entry DISABLE TRIGGER entry_no_change",
    "ALTER TABLE audit.entry DISABLE TRIGGER ALL",
    "DROP TRIGGER entry_no_change ON audit.entry",
    "DROP TABLE audit.entry CASCADE",
    "CREATE OR REPLACE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql "
    "AS $$ BEGIN RETURN NEW; END $$",
    "SET session_replication_role = replica",
    "CREATE TABLE audit.mine (id int)",
    "ALTER TABLE audit.entry OWNER TO sluice_app",
    "ALTER TABLE audit.entry ALTER at SET DEFAULT '2020-01-01'",
    "SELECT audit.stamp_by_default()",
]


def test_the_application_may_only_add(app: psycopg.Connection) -> None:
    for statement in CHANGES + TAMPERING:
        with pytest.raises(psycopg.Error) as refused:
            app.execute(statement)
        assert refused.value.sqlstate == "42501", statement
    assert app.execute("SELECT verb FROM audit.entry").fetchall() == [("rule.created",)]


def test_the_application_cannot_give_itself_rights(app: psycopg.Connection) -> None:
    app.execute("GRANT UPDATE ON audit.entry TO current_user")  # PostgreSQL only warns
    row = app.execute("SELECT has_table_privilege('audit.entry', 'UPDATE')").fetchone()
    assert row == (False,)


def test_the_application_cannot_say_when_or_in_which_order(app: psycopg.Connection) -> None:
    names = "code, verb, actor_kind, actor_id, actor_label, object_kind, object_id, object_label"
    rest = "source, request_id, outcome, data, canonical"
    own = {"at": "'2020-01-01'", "xact": "'1'", "epoch": "7", "id": "7"}
    for column, value in own.items():
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.GeneratedAlways)):
            app.execute(
                f"INSERT INTO audit.entry ({names}, {rest}, {column}) VALUES "  # noqa: S608
                f"('c', 'v', 'k', 'i', '', 'k', 'i', '', 's', 'r', 'ok', '{{}}', 'x', {value})"
            )


def test_the_owner_is_refused_by_the_trigger(
    live_db: LiveDatabase, owner_connection: psycopg.Connection
) -> None:
    told()
    owner_connection.autocommit = True
    for statement in CHANGES[:3]:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            owner_connection.execute(statement)


def test_a_superuser_who_claims_to_be_a_replica_is_refused(
    live_db: LiveDatabase, superuser_connection: psycopg.Connection
) -> None:
    told()
    superuser_connection.autocommit = True
    superuser_connection.execute("SET session_replication_role = replica")
    for statement in CHANGES[:3]:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            superuser_connection.execute(statement)


_OWN = (
    "INSERT INTO audit.entry (code, verb, actor_kind, actor_id, actor_label, object_kind, "
    "object_id, object_label, source, request_id, outcome, data, canonical{}) "
    "VALUES ('own', 'v', 'k', 'i', '', 'k', 'i', '', 's', 'r', 'ok', '{{}}', 'x'{})"
)
_STAMPED = (
    "SELECT at BETWEEN now() AND clock_timestamp(), xact = pg_current_xact_id(), epoch "
    "FROM audit.entry WHERE code = 'own'"
)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"at": "'2020-01-01'"},
        {"at": "clock_timestamp() + interval '1 s'"},
        {"at": "NULL"},
        {"xact": "'1'"},
        {"xact": "NULL"},
        {"epoch": "9"},
        {"epoch": "NULL"},
        {"at": "'2020-01-01'", "xact": "'1'", "epoch": "9"},
    ],
)
def test_the_owner_cannot_say_when_or_in_which_order(
    said: dict[str, str], live_db: LiveDatabase, owner_connection: psycopg.Connection
) -> None:
    columns = "".join(f", {name}" for name in said)
    values = "".join(f", {value}" for value in said.values())
    with owner_connection.transaction():
        owner_connection.execute(_OWN.format(columns, values))
        assert owner_connection.execute(_STAMPED).fetchone() == (True, True, 1)


def test_a_new_epoch_counts_from_the_next_entry_on(
    live_db: LiveDatabase, owner_connection: psycopg.Connection
) -> None:
    owner_connection.autocommit = True
    owner_connection.execute(
        "INSERT INTO audit.log_epoch (epoch, system_identifier, reason) VALUES (2, 'x', 'restored')"
    )
    told()
    with owner_connection.transaction():
        owner_connection.execute(_OWN.format(", epoch", ", 1"))
        assert owner_connection.execute(_STAMPED).fetchone() == (True, True, 2)
    found = owner_connection.execute("SELECT DISTINCT epoch FROM audit.entry").fetchall()
    assert found == [(2,)]


def test_the_application_owns_nothing_and_can_create_nothing(app: psycopg.Connection) -> None:
    owned = app.execute(
        "SELECT count(*) FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner "
        "WHERE rolname = current_user"
    ).fetchone()
    assert owned == (0,)
    rights = app.execute(
        "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication "
        "FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    assert rights == (False,) * 5
    for statement in ("CREATE TABLE public.mine (id int)", "CREATE SCHEMA mine"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(statement)


@pytest.mark.django_db
def test_deleting_a_user_who_appears_in_the_trail_leaves_it_as_it_was() -> None:
    user = User.objects.create(username="maya")
    actor = trail.Actor("user", user.code, user.username, "203.0.113.7")
    code = trail.record("rule.changed", actor=actor, obj=trail.Object("rule", "r", "r"))
    before = Entry.objects.filter(code=code).values().get()
    user.delete()
    assert Entry.objects.filter(code=code).values().get() == before
    assert Entry.objects.with_personal().get(code=code).actor_name == "maya"
