"""A draft held against what really came: who is new, who is not any more, what would be done.

A backtest is a row that workers go on with in chunks, each in one transaction, so that it goes on
after a crash where it was. Nothing is called and nothing but the row is written.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import rfc8785
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from audit import trail
from audit.canonical import clean, clean_text
from provisioning import wakeups
from provisioning.clocks import database_now
from provisioning.rules import comparing_events
from provisioning.rules.definitions import Definition, load_definition
from provisioning.rules.drafts import DraftRefused, locked
from provisioning.rules.models import Draft
from provisioning.rules.trial_models import Backtest

State = Backtest.State
#: Small enough that live events, which come between two chunks, hardly wait.
CHUNK = 1_000
MOST_LOST = 3

_COUNT = """
SELECT count(*) FROM provisioning_event
WHERE received_at > %s AND received_at <= %s AND event_type = ANY(%s) AND state <> 'quarantined'
"""


@transaction.atomic
def start(draft: Draft, *, days: int, actor: trail.Actor) -> Backtest:
    """Hold the draft against the events of the last days. Raises DraftRefused."""
    draft = locked(draft)
    if draft.state not in Draft.UNFINISHED or not draft.digest:
        raise DraftRefused("The draft cannot be backtested while something is wrong with it.")
    now = database_now()
    stop = Backtest.objects.open().filter(draft=draft)
    stop.update(state=State.CANCELLED, finished_at=now, lease_until=None)
    before = _before(draft)
    definition = load_definition(draft.definition)
    since = now - timedelta(days=days)
    backtest = Backtest.objects.create(
        draft=draft,
        digest=draft.digest,
        definition=draft.definition,
        base=draft.base,
        event_types=sorted({*definition.on, *(before.on if before else ())}),
        since_at=since,
        until_at=now,
        last_received_at=since,
        result=comparing_events.empty(was_on=before is not None),
        requester=actor.name,
        created_at=now,
    )
    about = {"rule": draft.name, "draft": draft.code, "days": days, "sha256": draft.digest}
    _tell("backtest.started", backtest, actor, about)
    wakeups.tell_on_commit()
    return backtest


@transaction.atomic
def cancel(backtest: Backtest, *, actor: trail.Actor) -> bool:
    """Stop it; False where it is over already."""
    changed = (
        Backtest.objects.open()
        .filter(pk=backtest.pk)
        .update(state=State.CANCELLED, finished_at=database_now(), lease_until=None)
    )
    if changed:
        _tell("backtest.cancelled", backtest, actor, {"done": backtest.done})
    return bool(changed)


def latest(draft: Draft) -> Backtest | None:
    return Backtest.objects.filter(draft=draft).order_by("-id").first()


def is_stale(backtest: Backtest, draft: Draft) -> bool:
    """Whether the draft says something else by now, or is based on another version."""
    return backtest.digest != draft.digest or backtest.base_id != draft.base_id


def summary(draft: Draft) -> dict[str, Any] | None:
    """The last finished backtest of exactly what the draft says now, for an approval."""
    done = Backtest.objects.filter(draft=draft, digest=draft.digest, state=State.DONE)
    found = done.filter(base=draft.base_id).order_by("-id").first()
    if found is None:
        return None
    return {
        "backtest": found.code,
        "since": found.since_at.isoformat(),
        "until": found.until_at.isoformat(),
        "digest": hashlib.sha256(rfc8785.dumps(found.result)).hexdigest(),
        "counts": found.result["counts"],
    }


def any_due(now: datetime) -> bool:
    return Backtest.objects.due(now).exists()


def work_due(*, actor: trail.Actor) -> int:
    """Go on with one backtest for one chunk; how many were gone on with."""
    backtest = _claim()
    if backtest is None:
        return 0
    if backtest.lost_claims >= MOST_LOST:
        _end(backtest, State.FAILED, actor, error="Its workers vanished three times.")
        return 1
    try:
        _chunk(backtest, actor=actor)
    except (ValueError, TypeError, LookupError) as error:  # a definition that cannot be held
        said = clean_text(f"It could not be finished: {type(error).__name__}: {error}")[:500]
        _end(backtest, State.FAILED, actor, error=said)
    return 1


@transaction.atomic
def _claim() -> Backtest | None:
    now = database_now()
    rows = Backtest.objects.due(now).order_by("id").select_for_update(skip_locked=True)
    backtest = rows.select_related(None).first()
    if backtest is None:
        return None
    lost = int(backtest.lease_until is not None)
    Backtest.objects.filter(pk=backtest.pk).update(
        state=State.RUNNING,
        fence=F("fence") + 1,
        lost_claims=F("lost_claims") + lost,
        lease_until=now + timedelta(seconds=settings.LEASE_SECONDS),
    )
    return Backtest.objects.select_related("draft__rule", "base").get(pk=backtest.pk)


def _chunk(backtest: Backtest, *, actor: trail.Actor) -> None:
    """Look at the next events and write down what was found, if the row is still ours."""
    if not backtest.total:
        backtest.total = _total(backtest)
    rows = comparing_events.read(backtest, CHUNK)
    after = load_definition(backtest.definition)
    was_on = backtest.result["was_on"] and backtest.base is not None
    before = load_definition(backtest.base.definition) if was_on and backtest.base else None
    comparing_events.add(backtest.result, rows, before, after)
    if rows:
        backtest.last_received_at, backtest.last_event_id = rows[-1].received_at, rows[-1].id
    backtest.done += len(rows)
    if len(rows) < CHUNK:
        _end(backtest, State.DONE, actor)
    else:
        _write(backtest, State.RUNNING)


def _total(backtest: Backtest) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [backtest.since_at, backtest.until_at, backtest.event_types])
        (total,) = cursor.fetchone()
    return int(total)


@transaction.atomic
def _end(backtest: Backtest, state: Backtest.State, actor: trail.Actor, error: str = "") -> None:
    backtest.error = error
    comparing_events.close(backtest.result)
    if _write(backtest, state, finished_at=database_now()):
        data = {"state": state.value, "events": backtest.done, **backtest.result["counts"]}
        _tell("backtest.finished", backtest, actor, data)


def _write(backtest: Backtest, state: Backtest.State, **values: Any) -> bool:
    """False where somebody cancelled it, or another worker has it."""
    mine = Backtest.objects.filter(pk=backtest.pk, fence=backtest.fence, state=State.RUNNING)
    changed = mine.update(
        state=state,
        total=max(backtest.total, backtest.done),
        done=backtest.done,
        result=clean(backtest.result),
        error=backtest.error,
        last_received_at=backtest.last_received_at,
        last_event_id=backtest.last_event_id,
        lease_until=None,
        lost_claims=0,
        **values,
    )
    return bool(changed)


def _before(draft: Draft) -> Definition | None:
    """What is in force; None for a rule that is new, or off."""
    if draft.base is None or draft.rule is None or not draft.rule.enabled:
        return None
    return load_definition(draft.base.definition)


def _tell(verb: str, backtest: Backtest, actor: trail.Actor, data: Mapping[str, Any]) -> None:
    trail.record(
        verb,
        actor=actor,
        obj=trail.Object("backtest", backtest.code, backtest.draft.name),
        data=data,
    )
