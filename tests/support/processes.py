"""Real child processes of a test: web, worker, clock or any other command."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Child:
    """A started command whose output is collected while it runs."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self.command = command
        self.lines: list[str] = []
        self.popen = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._collect, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def output(self) -> str:
        """Everything written so far, both streams."""
        return "".join(self.lines)

    def wait_for(self, pattern: str, timeout: float = 30) -> re.Match[str]:
        """Wait until the output matches, and return the match; fail with the output otherwise."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            ended = self.popen.poll() is not None
            if ended:
                self._reader.join(5)
            if found := re.search(pattern, self.output):
                return found
            if ended:
                break
            time.sleep(0.02)
        raise AssertionError(f"{self.command} never wrote {pattern!r}:\n{self.output}")

    def kill(self, sign: signal.Signals = signal.SIGKILL) -> None:
        """Signal this process only, not its children."""
        self.popen.send_signal(sign)

    def stop(self, timeout: float = 20) -> int:
        """Ask it to end and return its exit code."""
        self.popen.terminate()
        return self.wait(timeout)

    def wait(self, timeout: float = 20) -> int:
        """Wait until it has ended by itself; its exit code, negative for a signal."""
        code = self.popen.wait(timeout)
        self._reader.join(5)
        return code

    def end(self) -> None:
        """Kill it with everything in its session that is left."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait(10)
        self._reader.join(5)

    def _collect(self) -> None:
        assert self.popen.stdout is not None
        with self.popen.stdout as stream:
            self.lines.extend(stream)


class Processes:
    """Starts commands with one environment, and ends all of them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.children: list[Child] = []

    def manage(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Child:
        """Start `manage.py ARGUMENTS`; `environ` is added to the test's own."""
        return self.start([sys.executable, "manage.py", *arguments], environ=environ)

    def start(self, command: Sequence[str], *, environ: Mapping[str, str] | None = None) -> Child:
        """Start any command in the project's folder."""
        together = {**os.environ, "PYTHONUNBUFFERED": "1", **self.environ, **(environ or {})}
        child = Child(command, together)
        self.children.append(child)
        return child

    def web(self, *, environ: Mapping[str, str] | None = None) -> tuple[Child, str]:
        """Start the portal on any free port and return it with its address."""
        child = self.manage("web", "--port", "0", "--workers", "1", environ=environ)
        found = child.wait_for(r"Ready on (http://\S+)")
        return child, found[1]

    def work(self, *, environ: Mapping[str, str] | None = None) -> Child:
        """Start a worker and wait until it takes jobs."""
        child = self.manage("work", environ=environ)
        child.wait_for("(?i)ready")
        return child

    def clock(self, *, environ: Mapping[str, str] | None = None) -> Child:
        """Start a clock and wait until it ticks."""
        child = self.manage("clock", environ=environ)
        child.wait_for("(?i)ready")
        return child

    def end(self) -> None:
        """Kill whatever is left."""
        for child in self.children:
            child.end()
