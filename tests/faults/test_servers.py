"""PostgreSQL and Redis that go away and come back, on servers of this module alone."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from pytest_django import DjangoDbBlocker

from portal.embedded import Services, postgres
from portal.embedded import redis as redis_server
from provisioning.events.models import Event
from sandbox.server import Sandbox
from tests.faults.conftest import environment
from tests.faults.stack import Stack, balance_watched, post
from tests.support import cluster as clusters
from tests.support import engine
from tests.support.cluster import Cluster
from tests.support.processes import Processes
from tests.support.world import eventually

pytestmark = pytest.mark.processes

#: Seconds after which Okta gives a call up.
OKTA_WAITS = 3


@dataclass
class Servers:
    services: Services

    def kill_redis(self) -> None:
        self.services.queue.process.kill()
        self.services.queue.process.wait()

    def start_redis(self) -> None:
        port = self.services.queue.port
        self.services.queue = redis_server.start(self.services.data, self.services.state)
        assert self.services.queue.port == port

    def kill_postgres(self) -> None:
        """SIGKILL; its children see that it is gone and end as well."""
        self.services.database.process.kill()
        self.services.database.process.wait()
        folder = self.services.data / "postgres"
        eventually(lambda: not _serving(folder), "the end of all of PostgreSQL")

    def start_postgres(self) -> None:
        port = self.services.database.port
        self.services.database = postgres.start(
            self.services.data, self.services.state, durable=False
        )
        assert self.services.database.port == port


def _serving(folder: Path) -> list[str]:
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "cwd").resolve() == folder:
                found.append(process.name)
        except OSError:
            continue
    return found


@pytest.fixture(scope="module")
def private(
    django_db_setup: None, cluster: Cluster, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[Cluster, Servers]]:
    """Servers of our own with a migrated template; the session's are used again afterwards."""
    before = (connections["default"].settings_dict["NAME"], settings.REDIS_URL)
    own, services = clusters.embedded()
    with django_db_blocker.unblock():
        clusters.make_template(own)
        yield own, Servers(services)
        clusters.point_django_at(cluster, str(before[0]))
        clusters.point_django_at_redis(before[1])
    clusters.discard(services)


@pytest.fixture
def servers(private: tuple[Cluster, Servers]) -> Servers:
    return private[1]


@pytest.fixture
def stack(
    private: tuple[Cluster, Servers], session_sandbox: Sandbox, django_db_blocker: DjangoDbBlocker
) -> Iterator[Stack]:
    own, _ = private
    session_sandbox.reset()
    session_sandbox.aws.journal.clear()
    name = clusters.fresh_name("private")
    own.create(name)
    with django_db_blocker.unblock():
        clusters.point_django_at(own, name)
        clusters.point_django_at_redis(own.redis_url)
        environ = own.environ(name) | {"REDIS_URL": os.environ["REDIS_URL"]}
        processes = Processes(environ | environment(session_sandbox))
        yield Stack(session_sandbox, processes)
        processes.end()
        connections.close_all()


def test_with_redis_away_hooks_are_accepted_and_workers_come_back(
    stack: Stack, servers: Servers
) -> None:
    """R09: and `status` says that Redis cannot be reached."""
    stack.rule()
    _, url = stack.web()
    worker = stack.work()
    stack.processes.clock()
    with balance_watched():
        servers.kill_redis()
        started = time.monotonic()
        assert post(url, *stack.events(3)) == 204
        assert time.monotonic() - started < OKTA_WAITS
        status = stack.processes.manage("status")
        status.wait_for("Redis cannot be reached")
        worker.wait_for("Waiting for Redis|could not connect to Redis")
        servers.start_redis()
        stack.drained(40)
    stack.check()
    assert worker.popen.poll() is None


def test_with_postgresql_killed_hooks_are_refused_and_all_comes_back(
    stack: Stack, servers: Servers
) -> None:
    """R12, R13: what was acknowledged is there; nobody has to be started again."""
    stack.rule()
    _, url = stack.web()
    worker, clock = stack.work(), stack.processes.clock()
    first = stack.events(3)
    assert post(url, *first) == 204
    servers.kill_postgres()
    connections.close_all()
    second = [engine.suspended("00u7"), engine.suspended("00u8")]
    for _ in range(2):
        started = time.monotonic()
        assert post(url, *second) == 503
        assert time.monotonic() - started < OKTA_WAITS
    clock.wait_for("database is away")
    servers.start_postgres()
    assert {event.uuid for event in Event.objects.all()} == stack.uuids()
    stack.sent += second
    assert eventually(lambda: post(url, *second) == 204, "Okta's next try")
    stack.drained(40)
    stack.check(unknown=1)
    assert (worker.popen.poll(), clock.popen.poll()) == (None, None)


def test_worker_and_clock_wait_in_words_for_servers_that_are_not_there_yet(
    stack: Stack, servers: Servers
) -> None:
    servers.kill_redis()
    servers.kill_postgres()
    connections.close_all()
    worker, clock = stack.processes.manage("work"), stack.processes.manage("clock")
    asked_to_end = stack.processes.manage("work")
    for child in (worker, clock, asked_to_end):
        child.wait_for("Waiting for the database: .+")
    asked_to_end.kill(signal.SIGTERM)
    assert asked_to_end.wait(10) == 0
    servers.start_postgres()
    worker.wait_for("Waiting for Redis: .+")
    clock.wait_for("ready")
    servers.start_redis()
    worker.wait_for("ready")
    assert (worker.stop(), clock.stop()) == (0, 0)
