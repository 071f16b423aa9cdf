"""What a part of some work costs the process that does it: time, CPU time, memory."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Part:
    """What one part of the work cost, in this process."""

    seconds: float = 0.0
    cpu: float = 0.0
    longest: float = 0.0

    def each(self, items: int) -> str:
        return (
            f"{self.seconds * 1e6 / items:,.0f} us, CPU {self.cpu * 1e6 / items:,.0f} us; "
            f"{self.seconds:,.1f} s in all, at once {self.longest:,.2f} s at most"
        )

    @contextmanager
    def timed(self) -> Iterator[None]:
        started, spent = time.monotonic(), time.process_time()
        yield
        took = time.monotonic() - started
        self.seconds += took
        self.cpu += time.process_time() - spent
        self.longest = max(self.longest, took)


def highest_memory() -> int:
    """In MB, since `forget_memory`."""
    status = Path("/proc/self/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) // 1024


def forget_memory() -> None:
    Path("/proc/self/clear_refs").write_text("5")
