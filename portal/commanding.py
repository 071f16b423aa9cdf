"""Who acts when a command changes something: the login at the keyboard, and the host."""

import getpass
import socket

from audit.trail import Actor


def command_actor() -> Actor:
    try:
        login = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        login = "unknown"
    return Actor("command", login, login, f"command@{socket.gethostname()}")
