"""Child processes of the demo: their output told apart, their end noticed, all stopped together.

Everything happens in the main thread: the kernel ends a child with the thread that started it.
"""

import contextlib
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from portal.embedded.process import die_with_parent

COLOURS = (36, 33, 32, 35, 34, 31)
KEPT_LINES = 40
STOP_SECONDS = 30.0


class ChildEndedError(Exception):
    """A process ended that should have gone on; the text has its name and last lines."""


@dataclass
class Child:
    """One process with what is left of its output."""

    name: str
    colour: int
    popen: subprocess.Popen[bytes]
    raw: bool
    hidden: str
    pending: bytes = b""
    last: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))

    def shown(self, lines: int) -> str:
        """The last lines, indented, for a message."""
        kept = [line for line in self.last if not (self.hidden and re.search(self.hidden, line))]
        return "\n".join(f"    {line}" for line in kept[-lines:]) or "    (no output)"


class Supervisor:
    """Starts children and passes their output on, one prefixed line at a time.

    `quiet` keeps the output back, for runs whose own lines are the result.
    """

    def __init__(self, out: TextIO, *, quiet: bool = False) -> None:
        self.out = out
        self.quiet = quiet
        self.children: list[Child] = []
        self._selector = selectors.DefaultSelector()
        self._coloured = out.isatty() and "NO_COLOR" not in os.environ

    def say(self, text: str) -> None:
        """Write a line of the demo itself."""
        self.out.write(f"{text}\n")
        self.out.flush()

    def start(
        self,
        name: str,
        command: Sequence[str],
        environ: Mapping[str, str],
        *,
        raw: bool = False,
        hidden: str = "",
    ) -> Child:
        """Start a process.

        `raw` passes its lines on without a prefix, and always; lines that match `hidden` are for
        `wait_for` alone.
        """
        popen = subprocess.Popen(  # noqa: S603
            [sys.executable, *command],
            env={**environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone, and we stop them in order
            preexec_fn=die_with_parent,
        )
        child = Child(name, COLOURS[len(self.children) % len(COLOURS)], popen, raw, hidden)
        if popen.stdout is not None:
            os.set_blocking(popen.stdout.fileno(), False)
            self._selector.register(popen.stdout, selectors.EVENT_READ, child)
        self.children.append(child)
        return child

    def show_held_back(self) -> None:
        """After a failure: the last lines that a quiet supervisor did not show."""
        if self.quiet:
            for child in self.children:
                self.say(f"The last lines of {child.name}:\n{child.shown(15)}")

    def run(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        """Run a process to its end. Raises ChildEndedError when it fails."""
        child = self.start(name, command, environ)
        if self.wait(child) != 0:
            raise ChildEndedError(self._obituary(child))

    def wait(self, child: Child) -> int:
        """Serve all output until this process has ended; its exit code. It is forgotten then."""
        self.serve(lambda: child.popen.poll() is not None, mortal=child)
        self._drain(child)
        self.children.remove(child)
        return int(child.popen.returncode)

    def wait_for(self, child: Child, pattern: str, seconds: float = 60) -> str:
        """Serve until a line of `child` matches; that line. Raises ChildEndedError otherwise."""
        found: list[str] = []

        def has_matched() -> bool:
            found.extend(line for line in child.last if re.search(pattern, line))
            return bool(found)

        if not self.serve(has_matched, seconds=seconds):
            raise ChildEndedError(
                f"{child.name} was not ready after {seconds:.0f} s. "
                f"Its last lines:\n{child.shown(12)}"
            )
        return found[0]

    def serve(
        self,
        until: Callable[[], bool] = lambda: False,
        *,
        seconds: float | None = None,
        mortal: Child | None = None,
    ) -> bool:
        """Pass output on until something holds (True) or the time is up (False).

        Raises ChildEndedError when any child but `mortal` ends meanwhile.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        while not until():
            if deadline is not None and time.monotonic() > deadline:
                return False
            for key, _ in self._selector.select(0.1):
                self._read(key.data)
            for child in self.children:
                if child is not mortal and child.popen.poll() is not None:
                    self._drain(child)
                    if not until():
                        raise ChildEndedError(self._obituary(child))
        return True

    def stop(self) -> None:
        """Ask the children to stop, the last started first, and kill what does not."""
        deadline = time.monotonic() + STOP_SECONDS
        for child in reversed(self.children):
            if child.popen.poll() is None:
                child.popen.terminate()
            while child.popen.poll() is None and time.monotonic() < deadline:
                for key, _ in self._selector.select(0.05):
                    self._read(key.data)
            with contextlib.suppress(ProcessLookupError):  # with whatever it started itself
                os.killpg(child.popen.pid, signal.SIGKILL)
            child.popen.wait()
            self._drain(child)
        self.children.clear()

    def _obituary(self, child: Child) -> str:
        code = child.popen.returncode
        how = (
            f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        )
        return f"{child.name} {how}. Its last lines:\n{child.shown(20)}"

    def _drain(self, child: Child) -> None:
        while self._read(child):
            pass

    def _read(self, child: Child) -> bool:
        """Take what has been written; False when there is no more for now."""
        stream = child.popen.stdout
        if stream is None or stream.closed:
            return False
        try:
            chunk = os.read(stream.fileno(), 65536)
        except BlockingIOError:
            return False
        ended = not chunk
        if ended:
            self._selector.unregister(stream)
            stream.close()
        *lines, child.pending = (child.pending + chunk).split(b"\n")
        if ended and child.pending:
            lines, child.pending = [*lines, child.pending], b""
        for line in lines:
            self._show(child, line.decode(errors="replace").rstrip("\r"))
        return not ended

    def _show(self, child: Child, line: str) -> None:
        child.last.append(line)
        if child.hidden and re.search(child.hidden, line):
            return
        if child.raw:
            self.say(line)
        elif not self.quiet:
            name = f"{child.name:<8}"
            self.say(
                f"\x1b[{child.colour}m{name}|\x1b[0m {line}"
                if self._coloured
                else f"{name}| {line}"
            )
