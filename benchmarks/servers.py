"""A private PostgreSQL and Redis for one benchmark, durable as in production, on loopback."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connections

from portal.embedded import Services, postgres, redis, start
from tests.support.cluster import Cluster, point_django_at, point_django_at_redis


@contextmanager
def running(data: Path | None = None) -> Iterator[Services]:
    """Both servers with a migrated database, and Django pointed at them.

    Without `data` they live in a new folder that is removed afterwards; with it they keep what
    was there. Raises portal.embedded.EmbeddedError when they do not start.
    """
    folder = data or Path(tempfile.mkdtemp(prefix="sluice-benchmark-"))
    services = start(folder)
    try:
        point(services)
        call_command("migrate", verbosity=0, interactive=False)
        connections.close_all()
        yield services
    finally:
        connections.close_all()
        services.stop()
        if data is None:
            shutil.rmtree(folder, ignore_errors=True)


def point(services: Services) -> None:
    """Lead Django, RQ and processes started from here to these servers."""
    addresses = services.environ()
    cluster = Cluster(
        addresses["DATABASE_URL"],
        addresses["MIGRATION_DATABASE_URL"],
        services.superuser_url(),
        addresses["REDIS_URL"],
        postgres.DATABASE,
    )
    point_django_at(cluster, postgres.DATABASE)
    point_django_at_redis(addresses["REDIS_URL"])


def as_owner(services: Services) -> "psycopg.Connection[tuple[object, ...]]":
    """A connection of the role that owns the tables; each statement is its own transaction."""
    return psycopg.connect(services.environ()["MIGRATION_DATABASE_URL"], autocommit=True)


def settle(services: Services) -> None:
    """Write everything to disk, so that one measurement does not pay for the one before."""
    with psycopg.connect(services.superuser_url(), autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def stop_redis(services: Services) -> None:
    services.queue.stop()


def start_redis(services: Services) -> None:
    """On the same port as before, so that whoever knew it finds it again."""
    services.queue = redis.start(services.data, services.state)
