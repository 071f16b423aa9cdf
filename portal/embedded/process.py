"""Child processes of the embedded servers: started unprivileged, ended with their parent."""

import ctypes
import os
import pwd
import signal
import struct
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# Numbers from linux/prctl.h, linux/capability.h and linux/securebits.h.
PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 4
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2

_libc = ctypes.CDLL(None, use_errno=True)


class EmbeddedError(Exception):
    """An embedded server cannot be started; the text says why and what to do."""


def unprivileged_user(owner_of: Path) -> pwd.struct_passwd | None:
    """Return the account for a program that refuses root, or None when we are not root.

    An existing folder keeps the account that owns it; a new one gets `nobody`.
    """
    if os.geteuid() != 0:
        return None
    uid = owner_of.stat().st_uid if owner_of.exists() else 0
    try:
        return pwd.getpwuid(uid) if uid else pwd.getpwnam("nobody")
    except KeyError:
        who = f"user id {uid}, the owner of {owner_of}," if uid else "the user `nobody`"
        raise EmbeddedError(
            f"PostgreSQL refuses to run as root, and {who} does not exist on this machine. "
            "Run the command as an ordinary user, or set DATABASE_URL."
        ) from None


def can_reach(user: pwd.struct_passwd, path: Path) -> bool:
    """Tell whether `user` may open `path`; its parents may be closed, as those below /root are."""
    test = ["test", "-x", str(path)]
    done = subprocess.run(test, user=user.pw_uid, group=user.pw_gid, extra_groups=[], check=False)  # noqa: S603
    return done.returncode == 0


def spawn(
    command: Sequence[str],
    *,
    user: pwd.struct_passwd | None,
    paths: Sequence[Path],
    log: Path,
    parent_death: signal.Signals,
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, with its output in `log`.

    `paths` are what the program must be able to read. Where `user` cannot reach one of them, the
    child keeps the single capability that lets it look through closed folders.
    """
    closed = user is not None and not all(can_reach(user, path) for path in paths)
    with log.open("ab") as out:
        return subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            preexec_fn=_before_exec(user, closed, parent_death),
        )


def _before_exec(
    user: pwd.struct_passwd | None, closed: bool, parent_death: signal.Signals
) -> Callable[[], None]:
    def prepare() -> None:
        if user is not None:
            _libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
            if closed:  # access(2) would look at the user alone
                _libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            _keep_capability(CAP_DAC_READ_SEARCH, closed) or _keep_capability(
                CAP_DAC_OVERRIDE, closed
            )
        die_with_parent(parent_death)  # after setuid, which would clear it

    return prepare


def die_with_parent(sign: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel send `sign` to this process when the thread that started it ends."""
    _libc.prctl(PR_SET_PDEATHSIG, int(sign), 0, 0, 0)


def _keep_capability(number: int, wanted: bool) -> bool:
    """Reduce this process to one capability that survives exec, or to none; True when it holds."""
    mask = 1 << number if wanted else 0
    header = struct.pack("Ii", CAP_VERSION_3, 0)
    sets = struct.pack("6I", mask, mask, mask, 0, 0, 0)
    if _libc.capset(header, sets) != 0:
        return False
    return not wanted or _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) == 0


def pid_of(pid_file: Path) -> int | None:
    """The process id on the first line of a pid file, or None without a usable one."""
    try:
        return int(pid_file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def is_serving(pid: int, folder: Path) -> bool:
    """Tell whether `pid` is a server working in `folder`, not a stranger with a reused number."""
    try:
        return Path(f"/proc/{pid}/cwd").resolve() == folder.resolve()
    except OSError:
        return False


def end(pid: int, ask: signal.Signals, *, alive: Callable[[], bool], patience: float = 20) -> None:
    """Ask a server to stop, and kill it when it has not after `patience` seconds."""
    for sign, seconds in ((ask, patience), (signal.SIGKILL, 5.0)):
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return
        if wait_until(lambda: not alive(), seconds):
            return


def wait_until(check: Callable[[], bool], seconds: float) -> bool:
    """Poll `check` until it holds or the time is up."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log, for an error message."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log was written)"
