"""Events to finished runs per second in one worker process, against one RQ job for each event.

    python -m benchmarks.processing [--repeats 3] [--events 1000]

Ours: `jobs.drain_for` matches each event with 20 rules, three of which listen and one of which
matches, and executes the run: look, intent, act, look, outcome, with everything in the trail.
Baseline: RQ's SimpleWorker takes one job for each event, which does a SELECT and an INSERT.
"""

import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import orjson
from django.db import connection, connections
from rq import Queue, SimpleWorker

from audit import trail
from audit.models import Entry
from benchmarks import bare_job, load, servers
from benchmarks.figures import Line, at_least, finish, in_turn, noted, options, ratios
from portal.embedded import Services
from provisioning import jobs, wakeups
from provisioning.actions.base import Action, Context, Effect, Look, Outcome, Params
from provisioning.actions.registry import ACTIONS
from provisioning.events import intake, storing, writer
from provisioning.events.models import Event
from provisioning.events.reading import read_envelope
from provisioning.rules import versions
from provisioning.rules.definitions import load_rule
from provisioning.runs.models import Run

LISTENING, OTHERS = 3, 17
CALL = 100
ME = trail.Actor("command", "benchmark", "benchmark", "benchmark")


class NothingParams(Params):
    """None at all."""


class Nothing(Action[NothingParams]):
    """Does nothing, and can be read back: what is left of a run is what the engine itself costs."""

    name: ClassVar[str] = "benchmark.nothing"
    title: ClassVar[str] = "Do nothing"
    summary: ClassVar[str] = "Does nothing."
    effect: ClassVar[Effect] = Effect.UPDATE
    target_kind: ClassVar[str] = "nothing"
    params = NothingParams
    read_back: ClassVar[str] = "It remembers in memory what it did."

    def __init__(self) -> None:
        self._done: set[str] = set()

    def readable(self, params: NothingParams) -> bool:
        return True

    def look(self, params: NothingParams, context: Context) -> Look:
        return Look(context.once_key in self._done)

    def act(self, params: NothingParams, context: Context) -> Outcome:
        self._done.add(context.once_key)
        return Outcome({"done": True})

    def target(self, params: NothingParams) -> str:
        return "nothing"


def make_rules() -> None:
    """One rule that matches the benchmark's event, some that listen to it, some that do not."""
    ACTIONS[Nothing.name] = Nothing()
    step = f"{{id: only, action: {Nothing.name}, with: {{}}}}"
    apply_rules(
        rule("matching", "user.account.update_profile", "SUCCESS", step),
        *(
            rule(f"listening-{n}", "user.account.update_profile", "FAILURE", step)
            for n in range(1, LISTENING)
        ),
        *(rule(f"other-{n}", "user.lifecycle.suspend", "SUCCESS", step) for n in range(OTHERS)),
    )


def apply_rules(*texts: str) -> None:
    definitions = [load_rule(text, "rule.yaml", actions=ACTIONS) for text in texts]
    versions.apply(definitions, actor=ME)


def rule(name: str, event_type: str, result: str, step: str) -> str:
    return (
        f"name: {name}\nkind: event\ntitle: {name}\non: [{event_type}]\n"
        f"when: {{field: event.outcome.result, op: equals, value: {result}}}\n"
        f"do: [{step}]\napproval: none\n"
    )


def bring(count: int) -> list[str]:
    """Store events of as many people as a hook call would; their uuids."""
    uuids = [str(uuid.uuid4()) for _ in range(count)]
    with writer.connect() as target:
        for start in range(0, count, CALL):
            body = orjson.dumps({"data": {"events": [_event(u) for u in uuids[start:][:CALL]]}})
            call = intake.Call("127.0.0.1", "benchmark")
            now = datetime.now(UTC)
            given = intake.accepted(call, read_envelope(body), channel="hook", now=now)
            storing.store(target, [given])
    return uuids


def _event(one: str) -> dict[str, object]:
    found = load.event()
    found["target"][0]["id"] = f"00u{one[:17]}"
    return found | {"uuid": one}


@dataclass(frozen=True, slots=True)
class Done:
    """How fast a backlog was worked off, and the worker's own CPU time for each event."""

    rate: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.rate:,.0f}/s, {self.cpu * 1e6:,.0f} us CPU"


def timed(count: int, work: Callable[[], object]) -> Done:
    started, spent = time.monotonic(), time.process_time()
    work()
    return Done(count / (time.monotonic() - started), (time.process_time() - spent) / count)


def ours(count: int) -> Done:
    bring(count)
    before = Run.objects.filter(state=Run.State.SUCCEEDED).count()
    done = timed(count, drain)
    finished = Run.objects.filter(state=Run.State.SUCCEEDED).count() - before
    if finished != count or Event.objects.filter(state=Event.State.IN_FLIGHT).exists():
        raise SystemExit(
            f"{finished} of {count} runs were finished; the figure would mean nothing."
        )
    return done


def drain() -> None:
    while jobs.drain_for(60):
        pass


def baseline(count: int) -> Done:
    """Filled first, then drained by one SimpleWorker in this very process."""
    queue = Queue("bare", connection=wakeups.queue().connection)
    for one in bring_quietly(count):
        queue.enqueue(bare_job.store, one, result_ttl=0)
    worker = SimpleWorker([queue], connection=queue.connection)
    worker.log_result_lifespan = False
    done = timed(count, lambda: worker.work(burst=True, logging_level="ERROR"))
    if bare_job.count() != count:
        raise SystemExit(f"The baseline stored {bare_job.count()} of {count} rows.")
    return done


def bring_quietly(count: int) -> list[str]:
    """As `bring`, but already settled, so that our own part does not find these events due."""
    uuids = bring(count)
    Event.objects.filter(uuid__in=uuids).update(state=Event.State.NO_MATCH)
    bare_job.empty()
    return uuids


def measure(services: Services, count: int, repeats: int) -> list[Line]:
    with servers.as_owner(services) as owner:
        owner.execute(bare_job.TABLE)
        owner.execute("GRANT SELECT, INSERT, DELETE ON bare_work TO sluice_app")
    connections.close_all()
    make_rules()
    ours(100)
    found = in_turn(repeats, {"ours": lambda: ours(count), "SimpleWorker": lambda: baseline(count)})
    mine = [one.rate for one in found["ours"]]
    theirs = [one.rate for one in found["SimpleWorker"]]
    entries = Entry.objects.filter(verb__in=("event.scheduled", "run.succeeded")).count()
    audited = entries == 2 * Run.objects.count()
    return [
        noted("RQ SimpleWorker, one job an event, events/s", theirs),
        noted("events to finished runs, events/s", mine),
        at_least("ours ÷ SimpleWorker", ratios(mine, theirs), 3),
        noted(
            "CPU time of an event, SimpleWorker ÷ ours",
            ratios([one.cpu for one in found["SimpleWorker"]], [one.cpu for one in found["ours"]]),
        ),
        Line("every run has its entries", "yes" if audited else "no", "yes", audited),
    ]


def main() -> int:
    parser = options(str(__doc__))
    parser.add_argument("--events", type=int, default=1000, help="in each round")
    chosen = parser.parse_args()
    with servers.running() as services:
        lines = measure(services, chosen.events, chosen.repeats)
        connection.close()
        return finish("Processing", lines)


if __name__ == "__main__":
    sys.exit(main())
