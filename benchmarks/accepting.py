"""How fast hook calls are accepted, against a bare Django view that stores one row.

python -m benchmarks.accepting [--repeats 3] [--seconds 5]
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks import cpu, load, servers
from benchmarks.bare_site import TABLE
from benchmarks.figures import (
    Line,
    at_least,
    at_most,
    finish,
    in_turn,
    noted,
    options,
    ratios,
)
from benchmarks.load import Result
from portal.embedded import Services
from portal.embedded.ports import require_port
from portal.management.commands.web import answers
from tests.support.processes import Processes

WORKERS, THREADS = 2, 16
MANY = 100
_COUNT = "SELECT count(*) FROM provisioning_event"


@dataclass(frozen=True, slots=True)
class Kept:
    """One measurement of ours, with what it left in the database."""

    result: Result
    accepted: int
    stored: int
    #: CPU time of the site's processes and the database's, microseconds for each call
    cpu: float

    @property
    def lost(self) -> int:
        """Events of calls that were answered with 2xx and cannot be found."""
        return max(0, self.accepted - self.stored)

    def __str__(self) -> str:
        return f"{self.result}, {self.cpu:.0f} us CPU, {self.lost} lost"


class Bench:
    """Both sites, and the ways to load them."""

    def __init__(self, services: Services, processes: Processes, seconds: float) -> None:
        self.services, self.seconds = services, seconds
        self.template = load.write_template(services.data)
        self.owner = servers.as_owner(services)
        self.owner.execute(TABLE)
        self.owner.execute("GRANT INSERT ON bare_event TO sluice_app")
        self.ours = self._ours(processes)
        self.bare = self._bare(processes)
        self.leaders = [child.pid for child in processes.children]

    def _ours(self, processes: Processes) -> str:
        child = processes.manage(
            "web", "--port", "0", "--workers", str(WORKERS), "--threads", str(THREADS)
        )
        return child.wait_for(r"Ready on (http://\S+)", 60)[1] + "/hooks/okta"

    def _bare(self, processes: Processes) -> str:
        port = require_port("127.0.0.1", 0)
        script = str(Path(__file__).with_name("bare_site.py"))
        processes.start([sys.executable, script, str(port), str(WORKERS), str(THREADS)])
        until = time.monotonic() + 60
        while not answers("127.0.0.1", port):
            if time.monotonic() > until:
                raise SystemExit("The baseline's server did not start within 60 s.")
            time.sleep(0.1)
        return f"http://127.0.0.1:{port}/hooks/okta"

    def bare_view(self) -> Kept:
        servers.settle(self.services)
        before = self._cpu()
        result = load.post(self.bare, self.template, connections=16, seconds=self.seconds)
        return Kept(result, 0, 0, (self._cpu() - before) / result.requests * 1e6)

    def post(self, connections: int, events: int = 1) -> Kept:
        servers.settle(self.services)
        before, spent = self._stored(), self._cpu()
        result = load.post(
            self.ours, self.template, connections=connections, seconds=self.seconds, events=events
        )
        spent = (self._cpu() - spent) / result.requests * 1e6
        time.sleep(0.3)
        accepted = (result.requests - result.refused) * events
        return Kept(result, accepted, self._stored() - before, spent)

    def without_redis(self) -> Kept:
        servers.stop_redis(self.services)
        try:
            return self.post(16)
        finally:
            servers.start_redis(self.services)

    def _cpu(self) -> float:
        """The site that is not asked rests."""
        sites = sum(cpu.session_seconds(leader) for leader in self.leaders)
        return sites + cpu.family_seconds(self.services.database.process.pid)

    def _stored(self) -> int:
        with psycopg.connect(self.services.environ()["DATABASE_URL"]) as connection:
            row = connection.execute(_COUNT).fetchone()
        return int(row[0]) if row else 0


def measure(bench: Bench, repeats: int) -> list[Line]:
    bench.bare_view()
    bench.post(16)  # warm: connections, prepared statements, caches
    parts: dict[str, Callable[[], Kept]] = {
        "bare view, 16 connections": bench.bare_view,
        "hook, 16 connections": lambda: bench.post(16),
        "hook, 16 connections, Redis stopped": bench.without_redis,
        f"hook, {MANY} events a call, 4 connections": lambda: bench.post(4, MANY),
        "hook, 64 connections": lambda: bench.post(64),
    }
    found = list(in_turn(repeats, parts).values())
    bare, single, alone, many, crowd = [[one.result.rate for one in part] for part in found]
    all_ours = [one for part in found[1:] for one in part]
    refused = sum(one.result.refused for one in all_ours)
    broken = sum(one.result.broken for one in all_ours)
    lost = sum(one.lost for one in all_ours)
    return [
        noted("bare view, calls/s at 16 connections", bare),
        noted("hook, calls/s at 16 connections", single),
        at_least("hook ÷ bare view", ratios(single, bare), 1.0),
        noted(
            "CPU time of a call, hook ÷ bare view",
            ratios([one.cpu for one in found[1]], [one.cpu for one in found[0]]),
        ),
        noted(f"events/s in calls of {MANY}", [one * MANY for one in many]),
        at_least(
            f"events/s in calls of {MANY} ÷ in single ones",
            ratios([one * MANY for one in many], single),
            4,
        ),
        noted("hook, calls/s at 64 connections", crowd),
        at_most("p99 at 64 connections", [one.result.p99 for one in found[4]], 0.3, " s"),
        at_least("with Redis stopped ÷ with Redis", ratios(alone, single), 0.8),
        Line("answers of 400 and above, or broken", str(refused + broken), "0", not refused),
        Line("events answered with 2xx but not stored", str(lost), "0", lost == 0),
    ]


def main() -> int:
    parser = options(str(__doc__))
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement")
    chosen = parser.parse_args()
    with servers.running() as services:
        processes = Processes(services.environ())
        try:
            bench = Bench(services, processes, chosen.seconds)
            return finish("Accepting", measure(bench, chosen.repeats))
        finally:
            processes.end()


if __name__ == "__main__":
    sys.exit(main())
