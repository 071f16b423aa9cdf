"""`status`: the balance of all events, and what waits."""

import json

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from provisioning.status import report

_LINE = (
    "{accepted} accepted = {done} done + {no_match} no match + {quarantined} quarantined + "
    "{failed} failed + {held} held + {in_flight} in flight"
)


class Command(BaseCommand):
    help = "Show the balance of events, queue depth, the oldest due row and the workers seen."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *, json: bool, **_options: object) -> None:
        try:
            found = report()
        except Error as error:
            reason = str(error).strip().splitlines()[0]
            raise CommandError(f"The database cannot be asked: {reason}") from None
        self.stdout.write(_dump(found) if json else _text(found))
        if not found["balance_holds"]:
            raise SystemExit(1)


def _dump(found: dict[str, object]) -> str:
    return json.dumps(found, indent=2)


def _text(found: dict[str, object]) -> str:
    lines = [_LINE.format(**found)]
    if not found["balance_holds"]:
        lines.append("The balance does NOT hold: an event is in no known state.")
    depth = found["queue_depth"]
    lines.append("Redis cannot be reached" if depth is None else f"{depth} jobs in the queue")
    waits = found["oldest_due_seconds"]
    lines.append("nothing is due" if waits is None else f"the oldest due row waits for {waits} s")
    lines.append(f"{found['workers_seen']} workers seen in the last 30 s")
    return "\n".join(lines)
