"""The embedded PostgreSQL and Redis start anywhere, keep their data, and leave nothing behind."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from portal.embedded import EmbeddedError, Services, postgres, start
from portal.embedded.postgres import programs
from portal.embedded.process import CAP_DAC_READ_SEARCH, is_serving, pid_of, wait_until
from tests.support.processes import ROOT

STARTER = """
import sys, time
from pathlib import Path
from portal.embedded import start
services = start(Path(sys.argv[1]), durable=False)
print(services.database.process.pid, services.queue.process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder whose parent only root, or its owner, may enter."""
    with tempfile.TemporaryDirectory(prefix="sluice-closed-") as parent:
        Path(parent).chmod(0o700)
        yield Path(parent) / "a folder's name, of any kind"


@pytest.fixture
def services(data: Path) -> Iterator[Services]:
    running = start(data, durable=False)
    yield running
    running.stop()


def psql(services: Services, statement: str, *values: str) -> list[tuple[object, ...]]:
    url = services.environ()["MIGRATION_DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_both_servers_answer_with_the_addresses_given(services: Services) -> None:
    assert psql(services, "SELECT current_user::text") == [("sluice_owner",)]
    with redis.Redis.from_url(services.environ()["REDIS_URL"]) as client:
        assert client.ping()


def test_a_server_refuses_whoever_has_no_password(services: Services) -> None:
    url = services.environ()["DATABASE_URL"]
    password = url.split(":")[2].split("@")[0]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(password, "guess"))
    bare = redis.Redis(port=services.queue.port)
    with bare, pytest.raises(redis.AuthenticationError):
        bare.ping()


def test_the_servers_listen_on_loopback_only(services: Services) -> None:
    with socket.socket() as probe:  # 127.0.0.2 is another address of the same machine
        for port in (services.database.port, services.queue.port):
            assert probe.connect_ex(("127.0.0.2", port)) != 0


def test_postgres_never_runs_as_root(services: Services) -> None:
    assert Path(f"/proc/{services.database.process.pid}").stat().st_uid != 0


def test_passwords_are_readable_by_their_owner_only(services: Services) -> None:
    assert mode(services.data / "servers.json") == 0o600
    assert mode(services.data / "redis" / "redis.conf") == 0o600
    assert mode(services.data / "postgres") == 0o700
    command = Path(f"/proc/{services.queue.process.pid}/cmdline").read_text()
    assert services.state.redis_password not in command


def test_the_settings_keep_what_was_acknowledged(data: Path) -> None:
    services = start(data)
    try:
        names = ("fsync", "synchronous_commit", "max_prepared_transactions", "max_connections")
        found = [psql(services, "SELECT current_setting(%s)", name)[0][0] for name in names]
        assert found == ["on", "on", "0", "200"]
        with redis.Redis.from_url(services.environ()["REDIS_URL"]) as client:
            assert client.config_get("appendonly") == {"appendonly": "yes"}
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    finally:
        services.stop()


def test_a_second_start_finds_data_addresses_and_passwords_again(data: Path) -> None:
    first = start(data, durable=False)
    psql(first, "CREATE TABLE kept AS SELECT 42 AS answer")
    with redis.Redis.from_url(first.environ()["REDIS_URL"]) as client:
        client.set("kept", "42")
    addresses = first.environ()
    first.stop()
    first.stop()
    second = start(data, durable=False)
    try:
        assert second.environ() == addresses
        assert psql(second, "SELECT answer FROM kept") == [(42,)]
        with redis.Redis.from_url(second.environ()["REDIS_URL"]) as client:
            assert client.get("kept") == b"42"
    finally:
        second.stop()


def test_a_port_taken_meanwhile_is_replaced(data: Path) -> None:
    first = start(data, durable=False)
    taken = first.database.port
    first.stop()
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", taken))
        squatter.listen()
        second = start(data, durable=False)
        try:
            assert second.database.port != taken
            assert psql(second, "SELECT 1") == [(1,)]
        finally:
            second.stop()


def test_a_folder_in_use_is_refused_with_the_holder(services: Services) -> None:
    with pytest.raises(EmbeddedError, match=rf"in use by process {os.getpid()}\. Stop that one"):
        start(services.data)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="file/data cannot be used: Not a directory"):
        start(tmp_path / "file" / "data")


def test_damaged_state_is_named_with_what_to_do(data: Path) -> None:
    data.mkdir(parents=True)
    (data / "servers.json").write_text("{")
    with pytest.raises(EmbeddedError, match=r"servers\.json is damaged .* start anew"):
        start(data)


def test_the_servers_end_with_a_killed_parent(data: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(data)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    pids = [int(pid) for pid in starter.stdout.readline().split()]
    starter.kill()
    starter.wait()
    starter.stdout.close()
    folders = (data / "postgres", data / "redis")
    assert wait_until(lambda: not any(map(is_serving, pids, folders)), 20), f"still running: {pids}"


def test_servers_that_outlived_their_parent_are_replaced(data: Path) -> None:
    first = start(data, durable=False)
    psql(first, "CREATE TABLE kept AS SELECT 42 AS answer")
    orphans = (first.database.process, first.queue.process)
    first.lock.close()  # what the kernel does when the parent is killed
    second = start(data, durable=False)
    try:
        assert pid_of(data / "postgres" / "postmaster.pid") == second.database.process.pid
        assert [process.wait(10) for process in orphans] == [0, 0]
        assert psql(second, "SELECT answer FROM kept") == [(42,)]
    finally:
        second.stop()


def test_a_first_start_that_was_killed_is_begun_anew(data: Path) -> None:
    (data / "postgres.new").mkdir(parents=True)
    (data / "postgres.new" / "PG_VERSION").write_text("18\n")
    services = start(data, durable=False)
    try:
        assert psql(services, "SELECT 1") == [(1,)]
        assert not (data / "postgres.new").exists()
    finally:
        services.stop()


def test_stopping_leaves_no_process(data: Path) -> None:
    services = start(data, durable=False)
    services.stop()
    for process in (services.database.process, services.queue.process):
        assert process.returncode == 0
        with pytest.raises(ProcessLookupError):
            os.kill(process.pid, signal.SIG_DFL)


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user starts programs as themselves")
def test_root_starts_programs_in_a_folder_closed_to_others(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, closed = programs(data).parents[1], data.parent
    shutil.copytree(package.with_suffix(".libs"), closed / f"{package.name}.libs")
    version = programs(data).parent.name
    copied = shutil.copytree(package / version, closed / package.name / version)
    monkeypatch.setattr(postgres, "programs", lambda _cluster: copied / "bin")
    services = start(data, durable=False)
    try:
        assert psql(services, "SELECT 1") == [(1,)]
        status = Path(f"/proc/{services.database.process.pid}/status").read_text()
        kept = next(line for line in status.splitlines() if line.startswith("CapEff"))
        assert int(kept.split()[1], 16) == 1 << CAP_DAC_READ_SEARCH
    finally:
        services.stop()
