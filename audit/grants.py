"""What the application's database role may do: its own tables, and adding to the trail."""

from django.db.backends.base.base import BaseDatabaseWrapper

from audit.trail import COLUMNS

APPENDED = ", ".join(name for name, _ in COLUMNS)
STATEMENTS = (
    "GRANT USAGE ON SCHEMA public, audit TO {role}",
    "REVOKE CREATE ON SCHEMA public, audit FROM {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON public.django_migrations FROM {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE ALL ON ALL TABLES IN SCHEMA audit FROM PUBLIC, {role}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA audit TO {role}",
    "GRANT INSERT (" + APPENDED + ") ON audit.entry TO {role}",
    "GRANT INSERT (entry_id, salt, canonical, view) ON audit.personal TO {role}",
)


def apply(connection: BaseDatabaseWrapper, role: str) -> None:
    """Give `role` exactly these rights; as often as wanted. Run as the owner after migrating.

    Nothing is given where there is no trail: it was migrated away.
    """
    quoted = connection.ops.quote_name(role)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace('audit') IS NULL")
        if cursor.fetchone()[0]:
            return
        for statement in STATEMENTS:
            cursor.execute(statement.format(role=quoted))
