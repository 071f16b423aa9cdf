"""`migrate`, as the owner of the tables, followed by the rights of the application's role."""

from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, connections

from audit import grants

OWNER_ALIAS = "owner"


class Command(migrate.Command):
    """Django's command; with MIGRATION_DATABASE_URL set it connects as that role."""

    def handle(self, *args: object, **options: object) -> None:
        if options["database"] != DEFAULT_DB_ALIAS or OWNER_ALIAS not in connections:
            super().handle(*args, **options)
            return
        # Migrations of installed apps also use the default connection by name, inside the same
        # transaction, so the owner's connection stands in for it.
        application, owner = connections[DEFAULT_DB_ALIAS], connections[OWNER_ALIAS]
        connections[DEFAULT_DB_ALIAS] = owner
        try:
            super().handle(*args, **options)
            if not (options["plan"] or options["check_unapplied"]):
                grants.apply(owner, str(application.settings_dict["USER"]))
        finally:
            connections[DEFAULT_DB_ALIAS] = application
