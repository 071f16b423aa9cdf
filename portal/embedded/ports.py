"""Choosing TCP ports to listen on."""

import errno
import socket

from portal.embedded.process import EmbeddedError


def free_port(host: str, port: int) -> int | None:
    """`port` if this program could listen on it, any free one for 0, None when it is taken.

    Raises OSError when `host` is no address of this machine.
    """
    family = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][0]
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OverflowError, PermissionError):
            return None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return None
            raise
        return int(probe.getsockname()[1])


def choose_port(preferred: int | None) -> int:
    """The preferred loopback port if it is free, else any free one."""
    chosen = free_port("127.0.0.1", preferred or 0) or free_port("127.0.0.1", 0)
    if chosen is None:
        raise EmbeddedError("There is no free TCP port on 127.0.0.1. End some programs, try again.")
    return chosen


def require_port(host: str, port: int) -> int:
    """The port to listen on; 0 means any free one. Raises EmbeddedError when it is taken."""
    if not 0 <= port <= 65535:
        raise EmbeddedError(f"{port} is no port number: choose one from 1 to 65535, or 0 for any.")
    try:
        found = free_port(host, port)
    except OSError as error:
        raise EmbeddedError(f"Cannot listen on {host}: {error.strerror}. Check --host.") from None
    if found is None:
        raise EmbeddedError(
            f"Port {port} on {host} is taken by another program, or may not be used by this user. "
            "Choose another one with --port, or --port 0 for any free one."
        )
    return found
