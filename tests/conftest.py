"""Servers, databases and processes for all tests.

`db` runs a test in a transaction of the application's role and rolls it back. `live_db` gives a
test a database of its own, for commits, several connections and child processes.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

# The data folder of a demo that runs beside the tests must not be read by them.
os.environ["SLUICE_DATA"] = "/nonexistent/sluice"
os.environ["SLUICE_ENV_FILE"] = os.devnull
# The tests of signing in turn it on.
os.environ["REQUIRE_MFA"] = "false"
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"

import django
import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connections
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker

from portal.embedded import Services
from tests.support import cluster as clusters
from tests.support import sharing
from tests.support.cluster import Cluster
from tests.support.processes import Processes

# How long one example takes hangs on what else the machine does.
hypothesis_settings.register_profile("sluice", deadline=None)
hypothesis_settings.load_profile("sluice")

# Set up here and not in pytest_configure: the conftest of a folder named on the command line is
# imported before that, and may import models.
_given: Cluster | None = clusters.from_environment()
os.environ.update(clusters.NOWHERE)
django.setup()

_started: Services | None = None
_is_worker = False


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a third of the time tests wait for processes they started."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_configure(config: pytest.Config) -> None:
    """The controller of several workers starts their servers."""
    global _given, _started, _is_worker
    _is_worker = hasattr(config, "workerinput")
    is_controller = not _is_worker and config.getoption("dist", "no") != "no"
    if is_controller and not config.getoption("collectonly"):
        if _given is None:
            _given, _started = clusters.embedded()
        clusters.make_template(_given)
        clusters.publish(_given)


def pytest_unconfigure() -> None:
    """Remove what this process started, or made on servers that were given to it."""
    if _started is not None:
        clusters.discard(_started)
    elif _given is not None and not _is_worker:
        _given.drop(_given.template)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse tests that would have to empty the tables: the audit trail refuses that."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        wants = "transactional_db" in getattr(item, "fixturenames", ())
        if wants or (marker is not None and marker.kwargs.get("transaction")):
            raise pytest.UsageError(f"{item.nodeid}: use the fixture live_db instead")
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    items[:] = sharing.arranged(items, workers)


@pytest.fixture(scope="session")
def cluster(django_db_blocker: DjangoDbBlocker) -> Iterator[Cluster]:
    """The session's servers, with a migrated template database."""
    if clusters.SHARED in os.environ and _given is not None:
        yield _given
        return
    services: Services | None = None
    found = _given
    if found is None:
        found, services = clusters.embedded()
    with django_db_blocker.unblock():
        clusters.make_template(found)
    yield found
    if services is not None:
        clusters.discard(services)


@pytest.fixture(scope="session")
def redis_url(cluster: Cluster) -> str:
    """A Redis database that only this worker uses; settings and child processes have it too."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    url = clusters.in_database(cluster.redis_url, str(1 + int(worker) % 15))
    clusters.point_django_at_redis(url)
    return url


@pytest.fixture
def clean_redis(redis_url: str) -> Iterator[redis.Redis]:
    """A client of this worker's Redis database, empty before and after the test."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture(scope="session")
def django_db_setup(
    cluster: Cluster, redis_url: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """This worker's database, in which ordinary `db` tests run and roll back."""
    name = clusters.fresh_name("worker")
    cluster.create(name)
    with django_db_blocker.unblock():
        clusters.point_django_at(cluster, name)
    yield
    connections.close_all()
    cluster.drop(name)


@dataclass(frozen=True)
class LiveDatabase:
    """A migrated database that one test has for itself."""

    name: str
    environ: dict[str, str]

    @property
    def app_url(self) -> str:
        return self.environ["DATABASE_URL"]

    @property
    def owner_url(self) -> str:
        return self.environ["MIGRATION_DATABASE_URL"]


@pytest.fixture
def live_db(
    django_db_setup: None,
    cluster: Cluster,
    clean_redis: redis.Redis,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[LiveDatabase]:
    """A fresh database: Django, RQ and child processes commit in it as the application's role."""
    before = connections["default"].settings_dict["NAME"]
    name = clusters.fresh_name("live")
    cluster.create(name)
    with django_db_blocker.unblock():
        clusters.point_django_at(cluster, name)
        environ = cluster.environ(name) | {"REDIS_URL": os.environ["REDIS_URL"]}
        yield LiveDatabase(name, environ)
        # Dropped first: a thread that the test left behind must not connect to the next one.
        cluster.drop(name)
        clusters.point_django_at(cluster, before)
        assert not cluster.holds_events(before), "a test's thread stored in the shared database"


@pytest.fixture
def owner_connection(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    """psycopg as the owner of the tables, in `live_db`'s database where the test has one."""
    cluster = _cluster_of(request)
    yield from _connection(cluster.owner_url)


@pytest.fixture
def superuser_connection(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    """psycopg as a superuser, in `live_db`'s database where the test has one."""
    cluster = _cluster_of(request)
    if not cluster.superuser_url:
        pytest.skip("the database given has no SUPERUSER_DATABASE_URL")
    yield from _connection(cluster.superuser_url)


def _cluster_of(request: pytest.FixtureRequest) -> Cluster:
    request.getfixturevalue("live_db" if "live_db" in request.fixturenames else "django_db_setup")
    found: Cluster = request.getfixturevalue("cluster")
    return found


def _connection(url: str) -> Iterator[psycopg.Connection]:
    name = str(settings.DATABASES["default"]["NAME"])
    connection = psycopg.connect(clusters.in_database(url, name))
    yield connection
    connection.close()


@pytest.fixture
def processes(live_db: LiveDatabase) -> Iterator[Processes]:
    """Starts `manage.py` commands on the test's own database and ends them with the test."""
    group = Processes(live_db.environ)
    yield group
    group.end()
