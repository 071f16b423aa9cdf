"""A claimed run in a worker's hands, and the journal that writes down what becomes of it."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from audit import trail
from provisioning import bulk, failpoints
from provisioning.actions.base import Action, Context, Params
from provisioning.clocks import steady_now
from provisioning.events.models import Person
from provisioning.runs import failures, incidents
from provisioning.runs.failures import Failure
from provisioning.runs.incidents import Sign
from provisioning.runs.models import Attempt, Run, Step

log = logging.getLogger(__name__)

STEP_FIELDS = (
    "input", "target", "state", "before", "output", "after", "attempts", "error_code", "error",
    "hint", "intent_at", "started_at", "finished_at",
)  # fmt: skip
RUN_FIELDS = (
    "state", "steps_done", "attempts", "error_code", "error", "group_id", "due_at", "lease_until",
    "lost_claims", "started_at", "finished_at", "asked_at", "approved_digest", "agreed_at",
    "parked", "incident_id",
)  # fmt: skip


@dataclass(slots=True)
class Work:
    """One claimed run with its steps, in order. `open`: this worker should go on with it.

    `person` is read only for runs that need an approval.
    """

    run: Run
    steps: list[Step]
    names: dict[str, Any]
    person: Person | None = None
    open: bool = True

    def next_step(self) -> Step | None:
        return next((step for step in self.steps if step.state not in Step.DONE_STATES), None)

    def context(self, step: Step, now: datetime) -> Context:
        return Context(
            run=self.run.code,
            step=step.key,
            rule=self.run.rule.name,
            rule_version=self.run.version.number,
            event_uuid=self.run.event.uuid,
            now=now,
        )


@dataclass(slots=True)
class Call:
    """One action about to be called for one step."""

    work: Work
    step: Step
    action: Action[Any]
    params: Params
    context: Context
    started_at: datetime


@dataclass(slots=True)
class Journal:
    """Collects what happened and writes it in one transaction, as long as the lease is ours."""

    worker: str
    actor: trail.Actor
    _works: dict[int, Work] = field(default_factory=dict)
    _steps: dict[int, Step] = field(default_factory=dict)
    _attempts: list[Attempt] = field(default_factory=list)
    _entries: list[tuple[int, trail.Row]] = field(default_factory=list)
    _signs: list[Sign] = field(default_factory=list)
    _failed: list[tuple[Run, Failure]] = field(default_factory=list)

    def keep(self, work: Work, step: Step | None) -> None:
        """The run and step as they now are, without an entry."""
        self._works[work.run.pk] = work
        if step is not None:
            self._steps[step.pk] = step

    def note(
        self, verb: str, work: Work, step: Step | None = None, *, outcome: str = "ok", **data: Any
    ) -> None:
        """An entry, and the run and step as they now are."""
        self.keep(work, step)
        obj = (
            trail.Object("run", work.run.code, work.run.rule.name)
            if step is None
            else trail.Object("step", f"{work.run.code}.{step.key}", step.action)
        )
        about = {"rule": work.run.rule.name, "version": work.run.version.number}
        if step is not None:
            about |= {"target": step.target, "effect": step.effect}
        row = trail.draft(verb, actor=self.actor, obj=obj, outcome=outcome, data=about | data)
        self._entries.append((work.run.pk, row))

    def attempt(
        self,
        work: Work,
        step: Step,
        result: str,
        *,
        started_at: datetime,
        now: datetime,
        **values: Any,
    ) -> None:
        """One try, kept whatever came of it."""
        step.attempts += 1
        work.run.attempts += 1
        sign = incidents.sign_of(work.run, step.action, result, values.get("error_code", ""))
        if sign is not None:
            self._signs.append(sign)
        self._attempts.append(
            Attempt(
                step=step,
                number=step.attempts,
                started_at=started_at,
                finished_at=now,
                result=result,
                worker=self.worker,
                fence=work.run.fence,
                **values,
            )
        )

    def failed(self, work: Work, step: Step, advice: str) -> None:
        """The run stopped at this step; `advice` is what a person can do."""
        self._failed.append((work.run, Failure.of(work.run, step, advice)))

    def flush(self) -> None:
        """Write it all, or nothing of a run whose lease another worker has taken."""
        if not self._works:
            return
        with transaction.atomic():
            mine = self._mine(self._works.values())
            self._file(mine)
            bulk.update(Step, [s for s in self._steps.values() if s.run_id in mine], STEP_FIELDS)
            bulk.insert(Attempt, (a for a in self._attempts if a.step.run_id in mine))
            signs = [sign for sign in self._signs if sign.who.pk in mine]
            incidents.observe(signs, actor=self.actor)
            runs = [work.run for pk, work in self._works.items() if pk in mine]
            _keep_leases(runs)
            bulk.update(Run, runs, RUN_FIELDS)
            settle_events({run.event_id for run in runs if run.state != Run.State.RUNNING})
            trail.write([row for pk, row in self._entries if pk in mine])
            failpoints.reach("step.before_outcome_commit")
        self._close_lost(self._works.values(), mine)
        self._works, self._steps, self._attempts = {}, {}, []
        self._entries, self._failed, self._signs = [], [], []
        failpoints.reach("step.after_outcome_commit")

    def confirm(self, works: Sequence[Work]) -> None:
        """Close those of these whose lease another worker has taken meanwhile."""
        going = [work for work in works if work.open]
        with transaction.atomic():
            self._close_lost(going, self._mine(going))

    def _file(self, mine: set[int]) -> None:
        """Give each run that stopped its group."""
        failed = [(run, failure) for run, failure in self._failed if run.pk in mine]
        groups = failures.file([failure for _, failure in failed], actor=self.actor)
        for run, failure in failed:
            run.group_id = groups[failure.key]

    def _mine(self, works: Iterable[Work]) -> set[int]:
        fences = {work.run.pk: work.run.fence for work in works}
        rows = Run.objects.filter(pk__in=fences, state=Run.State.RUNNING).order_by("pk")
        held = rows.select_for_update(of=("self",)).values_list("pk", "fence")
        return {pk for pk, fence in held if fences[pk] == fence}

    def _close_lost(self, works: Iterable[Work], mine: set[int]) -> None:
        for work in works:
            if work.run.pk not in mine:
                log.warning("Run %s was taken by another worker; this one stops.", work.run.code)
                work.open = False


def _keep_leases(runs: Iterable[Run]) -> None:
    """What is written of a run that goes on must not undo what the heartbeat wrote meanwhile."""
    until = steady_now() + timedelta(seconds=settings.LEASE_SECONDS)
    for run in runs:
        if run.state == Run.State.RUNNING:
            run.lease_until = until


_SETTLE = """
UPDATE provisioning_event AS event SET
    state = standing.state,
    settled_at = CASE WHEN standing.state IN ('in_flight', 'held') THEN NULL
                      ELSE clock_timestamp() END
FROM (
    SELECT event_id, CASE
        WHEN bool_or(state IN ('pending', 'running', 'retrying')) THEN 'in_flight'
        WHEN bool_or(state IN ('failed', 'unknown') AND handling_id IS NULL) THEN 'failed'
        WHEN bool_or(state = 'held') THEN 'held'
        ELSE 'done' END AS state
    FROM provisioning_run WHERE event_id = ANY(%s) AND NOT superseded GROUP BY event_id
) AS standing
WHERE event.id = standing.event_id AND event.state <> standing.state
"""


def settle_events(ids: Iterable[int]) -> None:
    """Give events the worst state of their runs, in the caller's transaction."""
    wanted = sorted(set(ids))
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM provisioning_event WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
                [wanted],
            )
            cursor.execute(_SETTLE, [wanted])
