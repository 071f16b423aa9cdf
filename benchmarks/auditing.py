"""What an entry in the trail costs the change it tells of, at 16 writers.

    python -m benchmarks.auditing [--repeats 3] [--seconds 4]

Each writer is a process with a connection of its own, which makes a delivery row in a transaction:
alone, with its entry, or the entry alone.
"""

import multiprocessing
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Barrier

from django.db import connections, transaction

from audit import trail
from benchmarks import servers
from benchmarks.figures import Line, finish, in_turn, noted, options, ratios
from portal.embedded import Services
from provisioning.events.models import Delivery

WRITERS = 16
ME = trail.Actor("okta", "benchmark", "Okta", "203.0.113.7")
fork = multiprocessing.get_context("fork")


def change() -> str:
    row = Delivery.objects.create(
        received_at=datetime.now(UTC),
        outcome=Delivery.Outcome.ACCEPTED,
        status=204,
        method="POST",
        content_type="application/json",
        source="203.0.113.7",
        size=2_300,
        digest=bytes(32),
        event_count=1,
        stored_count=1,
        request_id="benchmark",
    )
    return row.code


def tell(code: str) -> None:
    trail.record(
        "delivery.accepted",
        actor=ME,
        obj=trail.Object("delivery", code),
        data={"events": 1, "quarantined": 0, "secret_label": "blue", "sha256": "0" * 64},
    )


@transaction.atomic
def change_alone() -> None:
    change()


@transaction.atomic
def change_and_tell() -> None:
    tell(change())


@transaction.atomic
def tell_alone() -> None:
    tell("BENCHMARK000")


def rate(work: Callable[[], None], seconds: float) -> float:
    """Transactions per second of all writers together."""
    connections.close_all()
    barrier, total = fork.Barrier(WRITERS + 1), fork.Value("q", 0)
    writers = [
        fork.Process(target=_write, args=(work, seconds, barrier, total), daemon=True)
        for _ in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    barrier.wait(60)
    for writer in writers:
        writer.join(seconds + 60)
    return float(total.value) / seconds


def _write(
    work: Callable[[], None], seconds: float, barrier: Barrier, total: "Synchronized[int]"
) -> None:
    work()  # connects
    barrier.wait(60)
    until, done = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        work()
        done += 1
    with total.get_lock():
        total.value += done


def measure(services: Services, seconds: float, repeats: int) -> list[Line]:
    def after_settling(work: Callable[[], None]) -> Callable[[], float]:
        def part() -> float:
            servers.settle(services)
            return rate(work, seconds)

        return part

    parts = {
        "change alone": after_settling(change_alone),
        "change with its entry": after_settling(change_and_tell),
        "entry alone": after_settling(tell_alone),
    }
    alone, told, entry = in_turn(repeats, parts).values()
    return [
        noted(f"change alone, transactions/s at {WRITERS} writers", alone),
        noted("change with its entry, transactions/s", told),
        noted("entry alone, transactions/s", entry),
        noted("with its entry ÷ alone", ratios(told, alone)),
        noted("entry alone ÷ change alone", ratios(entry, alone)),
    ]


def main() -> int:
    parser = options(str(__doc__))
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement")
    chosen = parser.parse_args()
    with servers.running() as services:
        return finish("Auditing", measure(services, chosen.seconds, chosen.repeats))


if __name__ == "__main__":
    sys.exit(main())
