"""A plan to replay many failed runs: what it costs to make, to classify, to show and to run.

    python -m benchmarks.plans [--items 10000] [--classify-only]

The action does nothing, so what is left is Sluice's own work. What a plan waits for on purpose (so
many looks and items in a second) is left out: its slices follow each other at once. The memory is
this process's at its highest in each part; it holds the database's rows of nothing else.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import orjson
import psycopg
from django.conf import settings
from django.db import connections
from django.urls import reverse

from benchmarks import lists, load, processing, seed, servers
from benchmarks.figures import Line, finish, say
from benchmarks.parts import Part, forget_memory, highest_memory
from portal.embedded import Services
from provisioning.actions.registry import ACTIONS
from provisioning.clocks import database_now
from provisioning.plans import executing, releasing, selecting, steering
from provisioning.plans.models import Plan
from provisioning.plans.options import FASTEST, FROM_START, Options, read
from provisioning.rules.models import Rule
from provisioning.runs import execution
from provisioning.runs.models import Run

AT_FIRST = Options(rate=FASTEST, stop_after=50)
OPTIONS = Options(rate=FASTEST, stop_after=50, start=FROM_START)
LARGEST_CLAIM = 100


class Nothing(processing.Nothing):
    """As there, with what a plan shows of a call."""

    def describe(self, params: processing.NothingParams) -> str:
        return "Do nothing."


def fill(services: Services, count: int) -> None:
    ACTIONS[Nothing.name] = Nothing()
    step = f"{{id: only, action: {Nothing.name}, with: {{}}}}"
    processing.apply_rules(
        processing.rule("refused", "user.account.update_profile", "SUCCESS", step)
    )
    rule = Rule.objects.get(name="refused")
    body = load.event() | {"uuid": "@@UUID@@"}
    body["target"][0]["id"] = "@@PERSON@@"
    values: dict[str, Any] = {
        "count": count, "rule": rule.pk, "version": rule.current_id,
        "body": orjson.dumps(body).decode(), "trace": seed.trace("Marketing"),
    }  # fmt: skip
    connections.close_all()
    with servers.as_owner(services) as owner:
        for statement in Path(__file__).with_suffix(".sql").read_text().split(";\n"):
            if statement.strip():
                seed.run(owner, statement, values)
    with psycopg.connect(services.superuser_url(), autocommit=True) as superuser:
        superuser.execute("VACUUM (ANALYZE)")


def due_now(plan: Plan) -> None:
    long_ago = database_now() - timedelta(days=1)
    Plan.objects.filter(pk=plan.pk, due_at__isnull=False).update(due_at=long_ago)


def slices(plan: Plan, part: Part, going: Callable[[], bool], after: Callable[[], None]) -> None:
    """Slice after slice while it goes on; `after` each of them is not timed."""
    for number in itertools.count(1):
        if not number % 100:
            say(f"  {number} slices in {part.seconds:.1f} s")
        plan.refresh_from_db()
        if not going():
            return
        due_now(plan)
        with part.timed():
            executing.work_due(worker="benchmark", actor=processing.ME, over=lambda: False)
        after()


def pages(browser: lists.Browser, plan: Plan, when: str) -> list[Line]:
    path = reverse("plan-detail", args=[plan.code])
    found = [
        ("page", path),
        ("page, one class", f"{path}?klass=would_act"),
        ("page, search for few people", f"{path}?q=person.77"),
        ("page, search for all of them", f"{path}?q=person"),
        ("page, search for a run", f"{path}?q={plan.items.values_list('key', flat=True)[0]}"),
    ]
    if when == "at its end":
        found.append(("report as CSV", reverse("plan-report", args=[plan.code])))
    lines = [_page(browser, f"{name}, {when}", url) for name, url in found]
    tag = browser.client.get(path, headers={"HX-Request": "true"}).headers["HX-PTag"]
    again = {"HX-Request": "true", "HX-PTag": tag}
    return [*lines, _page(browser, f"poll of the same, {when}", path, headers=again)]


def _page(
    browser: lists.Browser, name: str, url: str, headers: Mapping[str, str] | None = None
) -> Line:
    took, worked = [], []
    for _ in range(6):
        started, spent = time.perf_counter(), time.process_time()
        answer = browser.client.get(url, headers=headers)
        answer.getvalue()
        took.append((time.perf_counter() - started) * 1000)
        worked.append((time.process_time() - spent) * 1000)
    worst = max(took[1:])
    goal = ("<= 120 ms", worst <= 120) if "CSV" not in name else ("", None)
    return Line(name, f"{worst:,.0f} ms, the slowest of 5, CPU {median(worked[1:]):,.0f} ms", *goal)


def measure(services: Services, count: int, *, run: bool) -> list[Line]:
    fill(services, count)
    servers.settle(services)
    browser = lists.Browser(1)
    settings.PLAN_NEEDS_APPROVAL_ABOVE = count
    lines: list[Line] = []

    forget_memory()
    before = highest_memory()
    lines.append(Line("memory before anything", f"{before} MB"))
    making = Part()
    with making.timed():
        items = selecting.runs_of(Run.objects.failures())
        wanted = selecting.Wanted(
            kind=Plan.Kind.BULK_REPLAY, title="Replay", items=items, options=AT_FIRST
        )
        plan = selecting.make(wanted, actor=processing.ME)
    del items, wanted
    lines += [
        Line("selecting and making, in the request, an item", making.each(count)),
        Line("memory while it was made", f"{highest_memory()} MB"),
    ]
    say(f"  made in {making.seconds:.1f} s")
    forget_memory()
    filling = Part()
    slices(plan, filling, lambda: plan.state == Plan.State.SELECTING, lambda: None)
    if filling.seconds:
        lines += [
            Line("making its items by a worker, an item", filling.each(count)),
            Line("memory of the worker that made them", f"{highest_memory()} MB"),
        ]
    lines += chosen_anew(plan, count)
    lines += pages(browser, plan, "while it is computed")

    forget_memory()
    classifying = Part()
    slices(plan, classifying, lambda: plan.computed_at is None, lambda: None)
    lines += [
        Line("classifying by a worker, an item", classifying.each(count)),
        Line("memory of the worker that classified", f"{highest_memory()} MB"),
    ]
    say(f"  classified in {classifying.seconds:.1f} s")
    lines += pages(browser, plan, "as a draft")
    asking, confirming = Part(), Part()
    forget_memory()
    with asking.timed():
        releasing.content_of(plan, releasing.needs(plan, read(plan.options)))
    lines.append(Line("what an approval would be bound to", f"{asking.seconds:.2f} s"))
    with confirming.timed():
        releasing.confirm(
            plan, checksum=plan.checksum, options=OPTIONS, reason="", actor=processing.ME
        )
    lines.append(Line("confirming, in the request", f"{confirming.seconds:.2f} s"))
    lines.append(Line("memory of the request", f"{highest_memory()} MB"))
    return lines + (executed(browser, plan, count) if run else [cancelled(plan)])


def chosen_anew(plan: Plan, count: int) -> list[Line]:
    """Another start is chosen, for which every item is classified once more."""
    choosing, classifying = Part(), Part()
    with choosing.timed():
        releasing.confirm(
            plan, checksum=plan.checksum, options=OPTIONS, reason="", actor=processing.ME
        )
    slices(plan, classifying, lambda: plan.state == Plan.State.CLASSIFYING, lambda: None)
    lines = [Line("choosing another start, in the request", f"{choosing.seconds:.2f} s")]
    if classifying.seconds:
        each = classifying.each(count)
        lines.append(Line("classifying it anew by a worker, an item", each))
    return lines


def cancelled(plan: Plan) -> Line:
    part = Part()
    with part.timed():
        steering.cancel(plan, actor=processing.ME)
    return Line("cancelling, in the request", f"{part.seconds:.2f} s")


def executed(browser: lists.Browser, plan: Plan, count: int) -> list[Line]:
    lines: list[Line] = []
    begun, runs = Part(), Part()

    def run_them() -> None:
        with runs.timed():
            while execution.execute_due(
                limit=LARGEST_CLAIM, worker="benchmark", actor=processing.ME
            ):
                pass
        done = plan.items.exclude(state="waiting").count()
        if not lines and done * 2 >= count:
            lines.extend(pages(browser, plan, "halfway"))

    forget_memory()
    going = (Plan.State.READY, Plan.State.RUNNING)
    slices(plan, begun, lambda: plan.state in going, run_them)
    whole = plan.outcomes == {"done": count}
    return [
        Line("beginning items, an item", begun.each(count)),
        Line("their runs, an item", runs.each(count)),
        Line("memory of the worker that ran them", f"{highest_memory()} MB"),
        *lines,
        *pages(browser, plan, "at its end"),
        Line("every item is done once", "yes" if whole else str(plan.outcomes), "yes", whole),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__))
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--classify-only", action="store_true", help="do not run the items")
    chosen = parser.parse_args()
    with servers.running() as services:
        lines = measure(services, chosen.items, run=not chosen.classify_only)
        connections.close_all()
        return finish(f"A plan of {chosen.items:,} items", lines)


if __name__ == "__main__":
    sys.exit(main())
