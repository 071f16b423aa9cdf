"""The PostgreSQL and Redis of a test session, and databases made from one migrated template.

Every test database is a copy of the template, because the audit tables refuse to be emptied.
"""

import itertools
import json
import os
import shutil
from dataclasses import asdict, dataclass

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from portal.embedded import Services, postgres, start
from tests.support import scratch

#: Tells the workers of pytest-xdist where the session's servers are.
SHARED = "SLUICE_TEST_CLUSTER"
#: Addresses on which nothing listens: settings hold these until a test asks for a database.
NOWHERE = {
    "DATABASE_URL": "postgresql://sluice_app@127.0.0.1:1/none",
    "MIGRATION_DATABASE_URL": "postgresql://sluice_owner@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


@dataclass(frozen=True)
class Cluster:
    """Addresses of the servers; each names a database that exists before the template does."""

    app_url: str
    owner_url: str
    superuser_url: str  # empty when the servers were given to us without one
    redis_url: str
    template: str

    @property
    def maintenance_url(self) -> str:
        """Who makes and drops databases."""
        return self.superuser_url or self.owner_url

    def create(self, name: str, *, template: str | None = None) -> None:
        """Make a database that the owner owns, as a copy of the template unless told otherwise."""
        owner, app = _user(self.owner_url), _user(self.app_url)
        with psycopg.connect(self.maintenance_url, autocommit=True) as connection:
            postgres.create_database(
                connection,
                name,
                owner=owner,
                app=app,
                template=template or self.template,
                strategy="FILE_COPY",
            )

    def drop(self, name: str) -> None:
        """Drop a database with whatever is still connected to it."""
        with psycopg.connect(self.maintenance_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def holds_events(self, name: str) -> bool:
        """Whether somebody committed a delivery in this database."""
        with psycopg.connect(in_database(self.owner_url, name)) as connection:
            found = connection.execute("SELECT FROM provisioning_delivery LIMIT 1")
            return found.fetchone() is not None

    def environ(self, database: str) -> dict[str, str]:
        """What a child process needs to work in `database`."""
        return {
            "DATABASE_URL": in_database(self.app_url, database),
            "MIGRATION_DATABASE_URL": in_database(self.owner_url, database),
        }


def from_environment() -> Cluster | None:
    """The cluster of this session's controller, or the servers that the user names."""
    if SHARED in os.environ:
        return Cluster(**json.loads(os.environ[SHARED]))
    given = {name: os.environ.get(name, "") for name in NOWHERE}
    if not given["DATABASE_URL"] or not given["REDIS_URL"]:
        return None
    if not given["MIGRATION_DATABASE_URL"]:
        raise RuntimeError(
            "DATABASE_URL is set but MIGRATION_DATABASE_URL is not. Tests need it too: a role "
            "that may create databases. Unset DATABASE_URL to use the embedded servers."
        )
    return Cluster(
        given["DATABASE_URL"],
        given["MIGRATION_DATABASE_URL"],
        os.environ.get("SUPERUSER_DATABASE_URL", ""),
        given["REDIS_URL"],
        f"sluice_template_{os.getpid()}",
    )


def embedded() -> tuple[Cluster, Services]:
    """Start throw-away servers in a temporary folder."""
    services = start(scratch.folder(), durable=False)
    addresses = services.environ()
    cluster = Cluster(
        addresses["DATABASE_URL"],
        addresses["MIGRATION_DATABASE_URL"],
        services.superuser_url("postgres"),
        addresses["REDIS_URL"],
        "sluice_template",
    )
    return cluster, services


def discard(services: Services) -> None:
    """Stop throw-away servers and remove their folder."""
    services.stop()
    shutil.rmtree(services.data, ignore_errors=True)


def publish(cluster: Cluster) -> None:
    """Let the workers that are started from here use the cluster."""
    os.environ[SHARED] = json.dumps(asdict(cluster))


def make_template(cluster: Cluster) -> None:
    """Make the template: the owner migrates, then the application gets its rights."""
    cluster.create(cluster.template, template="template0")
    point_django_at(cluster, cluster.template)
    call_command("migrate", verbosity=0, interactive=False)
    connections.close_all()


def point_django_at(cluster: Cluster, database: str) -> None:
    """Switch this process, and those it starts, to a database of the cluster."""
    connections.close_all()
    addresses = cluster.environ(database)
    os.environ.update(addresses)
    for alias, name in (("default", "DATABASE_URL"), ("owner", "MIGRATION_DATABASE_URL")):
        setattr(settings, name, addresses[name])
        connections.settings[alias].update(_django_names(addresses[name]))


def point_django_at_redis(url: str) -> None:
    """Switch this process, and those it starts, to a Redis database."""
    os.environ["REDIS_URL"] = settings.REDIS_URL = url
    for queue in settings.RQ_QUEUES.values():
        queue["URL"] = url


def in_database(url: str, database: str) -> str:
    """The same address with another database name."""
    return f"{url.rsplit('/', 1)[0]}/{database}"


_numbers = itertools.count(1)


def fresh_name(kind: str) -> str:
    """A database name that no other worker or test session uses."""
    return f"sluice_{kind}_{os.getpid()}_{next(_numbers)}"


def _user(url: str) -> str:
    return str(conninfo_to_dict(url)["user"])


def _django_names(url: str) -> dict[str, str]:
    parts = conninfo_to_dict(url)
    return {
        "NAME": str(parts["dbname"]),
        "USER": str(parts.get("user") or ""),
        "PASSWORD": str(parts.get("password") or ""),
        "HOST": str(parts.get("host") or ""),
        "PORT": str(parts.get("port") or ""),
    }
