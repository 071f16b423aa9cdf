"""A run as its page tells it: how far it came, why it stopped, what can be done."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.aggregates import StringAgg
from django.db.models import F, Subquery

from audit.models import Entry
from audit.verbs import VERBS
from portal.badges import badge_for
from portal.masking import masked_text
from portal.step_story import StepStory, step_story
from provisioning.runs.brake_models import Brake
from provisioning.runs.models import Attempt, Run, Step

#: Entries of the trail shown beside a run; the audit log has them all.
MOST_ENTRIES = 40
_WATCHED = (
    "run__state", "run__fence", "run__superseded", "run__due_at", "run__attempts",
    "run__finished_at", "run__asked_at", "run__parked", "run__handling_id", "state", "attempts",
    "intent_at",
)  # fmt: skip
#: The codes of the brakes that are on, as one text.
_BRAKES_ON = (
    Brake.objects.on()
    .values("released_at")
    .annotate(codes=StringAgg("code", ",", order_by="code"))
    .values("codes")
)


@dataclass(frozen=True, slots=True)
class Remark:
    """One line of the trail."""

    icon: str
    said: str
    at: datetime
    by: str
    code: str


@dataclass(frozen=True)
class RunStory:
    run: Run
    steps: Sequence[StepStory]
    #: the step that the run stands at, None once all are done
    current: Step | None
    standing: str
    summary: str
    whole: timedelta | None
    working: timedelta
    retries: int
    tag: str

    @property
    def live(self) -> bool:
        """Whether it can change by itself, so that the page keeps asking."""
        return self.run.state in (*Run.OPEN_STATES, Run.State.HELD)


def find(code: str) -> Run | None:
    return (
        Run.objects.select_related(
            "event", "rule", "version", "group", "replay_of", "handling", "incident"
        )
        .filter(code=code)
        .first()
    )


def tell(run: Run, *, now: datetime, viewer: str, on: Sequence[Brake] = ()) -> RunStory:
    """`on` are the brakes that are on. Two queries: the steps, and all their attempts."""
    steps = list(run.steps.order_by("position"))
    attempts: dict[int, list[Attempt]] = {}
    for one in Attempt.objects.filter(step__run=run).order_by("step_id", "number"):
        attempts.setdefault(one.step_id, []).append(one)
    every = [one for tries in attempts.values() for one in tries]
    span = _span(run, every, now)
    current = next((step for step in steps if step.state not in Step.DONE_STATES), None)
    return RunStory(
        run=run,
        steps=[step_story(run, step, attempts.get(step.pk, []), span) for step in steps],
        current=current,
        standing=_standing(run, current),
        summary=_summary(steps),
        whole=span[1] - span[0] if span else None,
        working=sum((one.finished_at - one.started_at for one in every), timedelta()),
        retries=sum(max(len(tries) - 1, 0) for tries in attempts.values()),
        tag=_digest([_watched(run, step, on) for step in steps], viewer),
    )


def tag_of(code: str, *, viewer: str) -> str:
    """What `tell` would give as `tag`, with one query; empty where there is no such run."""
    steps = Step.objects.filter(run__code=code).annotate(brakes=Subquery(_BRAKES_ON))
    rows = steps.order_by("position").values_list(*_WATCHED, "brakes")
    found = [tuple(row) for row in rows]
    return _digest(found, viewer) if found else ""


def _watched(run: Run, step: Step, on: Sequence[Brake]) -> tuple[Any, ...]:
    return (
        run.state, run.fence, run.superseded, run.due_at, run.attempts, run.finished_at,
        run.asked_at, run.parked, run.handling_id, step.state, step.attempts, step.intent_at,
        ",".join(sorted(brake.code for brake in on)) or None,
    )  # fmt: skip


def _digest(rows: Sequence[tuple[Any, ...]], viewer: str) -> str:
    """`viewer` keeps the page of one person from standing for another's."""
    text = "\n".join(str([str(value) for value in row]) for row in rows)
    whole = f"{settings.VERSION}\0{viewer}\0{text}"
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def _span(run: Run, attempts: Iterable[Attempt], now: datetime) -> tuple[datetime, datetime] | None:
    if run.started_at is None:
        return None
    end = run.finished_at or max((one.finished_at for one in attempts), default=now)
    return run.started_at, max(end, run.started_at)


def _standing(run: Run, current: Step | None) -> str:
    word = run.get_state_display()
    if current is None:
        return word
    where = f"step {current.position} of {run.step_count}"
    if run.state in Run.STOPPED_STATES:
        return f"{word} at {where}"
    return f"{word} {where}" if run.state in (Run.State.RUNNING, Run.State.RETRYING) else word


def _summary(steps: Sequence[Step]) -> str:
    """`3 done, 1 failed, 2 not started`."""
    counts: dict[str, int] = {}
    for step in steps:
        word = "done" if step.state in Step.DONE_STATES else step.get_state_display().lower()
        counts[word] = counts.get(word, 0) + 1
    return ", ".join(f"{count} {word}" for word, count in counts.items())


def trail_of(run: Run) -> list[Remark]:
    """The entries about this run and its steps, oldest first. One query."""
    objects = [run.code, *(f"{run.code}.{step['id']}" for step in run.version.definition["do"])]
    rows = (
        Entry.objects.filter(object_id__in=objects, object_kind__in=("run", "step"))
        .with_personal()
        .order_by(F("id"))[: MOST_ENTRIES + 1]
    )
    return [_remark(row) for row in rows]


def _remark(entry: Entry) -> Remark:
    verb = VERBS.get(entry.verb)
    says = verb.says if verb else entry.verb
    _, _, step = entry.object_id.partition(".")
    said = f"{says[:1].upper()}{says[1:]}"
    return Remark(
        icon=badge_for(entry.outcome).icon if entry.outcome != "failed" else "x",
        said=f"{step}: {said}" if step else said,
        at=entry.at,
        by=masked_text(entry.actor_name),
        code=entry.code,
    )


def utc_now() -> datetime:
    return datetime.now(UTC)
