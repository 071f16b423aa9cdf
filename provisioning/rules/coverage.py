"""Counting the people whom a rule covers, for a limit on a share of them.

The count is kept beside the version that it is for, so that the gate only reads it. Workers make it
slice by slice, each in statements of its own, so that live events come between two of them. What is
kept stays until a whole count is done. Nothing is recorded in the trail: nothing is decided by it,
and the sentence of a gate that shuts names the number.
"""

import logging
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import Error, connection

from provisioning import bulk
from provisioning.clocks import database_now
from provisioning.events.models import Person
from provisioning.rules.coverage_models import Coverage
from provisioning.rules.covering import covers, tells_people_apart
from provisioning.rules.definitions import load_definition
from provisioning.rules.models import Rule, RuleVersion

log = logging.getLogger(__name__)

#: How old a count gets: people change their department by the day, and a count costs seconds.
EVERY = timedelta(minutes=15)
#: Small enough that live events, which come between two slices, hardly wait.
SLICE = 1_000
#: What was found so long ago is not gone on with, such as from before a rule was turned off.
GONE_STALE = timedelta(hours=1)

_DUE = """
    SELECT coverage.version_id FROM provisioning_coverage AS coverage
    JOIN provisioning_rule AS rule ON rule.current_id = coverage.version_id
    WHERE coverage.due_at <= clock_timestamp() AND rule.enabled
"""
_CLAIM = f"""
UPDATE provisioning_coverage SET
    fence = fence + 1, due_at = clock_timestamp() + %s::interval
WHERE version_id IN (
    {_DUE} ORDER BY coverage.due_at, coverage.version_id LIMIT 1 FOR UPDATE OF coverage SKIP LOCKED)
RETURNING version_id
"""  # noqa: S608 - built from constants
_NOTHING_BEGUN: dict[str, Any] = {"begun_at": None, "reached": "", "so_far": 0}


def keep_needed(now: datetime) -> None:
    """Have the people of each live rule with a limit on a share counted, of no other."""
    Coverage.objects.superseded().delete()
    current = Rule.objects.live().values("current")
    limited = RuleVersion.objects.filter(pk__in=current, definition__limits__share__isnull=False)
    missing = limited.filter(coverage=None).values_list("pk", flat=True)
    Coverage.objects.bulk_create(
        [Coverage(version_id=version, due_at=now) for version in missing], ignore_conflicts=True
    )


@dataclass(frozen=True, slots=True)
class Counted:
    people: int
    at: datetime


def most_of(people: int, percent: int) -> int:
    """So many of them are within a limit of this share, rounded up."""
    return math.ceil(people * percent / 100)


def counted_for(version: int) -> Counted | None:
    """The last whole count for exactly this version; None where there is none yet."""
    rows = Coverage.objects.filter(version=version).values_list("people", "counted_at")
    return next((Counted(people, at) for people, at in rows if people is not None and at), None)


def any_due() -> bool:
    """Whether a worker would find people to count now."""
    return bulk.any_row(_DUE)


def count_due() -> int:
    """Go on with one count for one slice; how many were gone on with."""
    coverage = _claim()
    if coverage is None:
        return 0
    try:
        _slice(coverage)
    except Error:  # the claim ends by itself, and the count goes on where it was
        raise
    except Exception:
        log.exception("The people of rule version %s could not be counted", coverage.pk)
        _write(coverage, due_at=database_now() + EVERY, **_NOTHING_BEGUN)
    return 1


def _claim() -> Coverage | None:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [f"{settings.LEASE_SECONDS} seconds"])
        row = cursor.fetchone()
    return Coverage.objects.select_related("version").filter(pk=row[0]).first() if row else None


def _slice(coverage: Coverage) -> None:
    """Look at the next people, and write down how many there are so far."""
    now = database_now()
    if coverage.begun_at is None or coverage.begun_at < now - GONE_STALE:
        coverage.begun_at, coverage.reached, coverage.so_far = now, "", 0
    when = load_definition(coverage.version.definition).when
    if not tells_people_apart(when):
        _end(coverage, Person.objects.count(), now)
        return
    people = Person.objects.filter(pk__gt=coverage.reached).order_by("pk")
    rows = list(people.values_list("pk", "user")[:SLICE])
    so_far = coverage.so_far + sum(covers(when, user) for _, user in rows)
    if len(rows) < SLICE:
        _end(coverage, so_far, now)
    else:
        _write(coverage, due_at=now, begun_at=coverage.begun_at, reached=rows[-1][0], so_far=so_far)


def _end(coverage: Coverage, people: int, now: datetime) -> None:
    _write(coverage, people=people, counted_at=now, due_at=now + EVERY, **_NOTHING_BEGUN)


def _write(coverage: Coverage, **values: Any) -> None:
    """Nothing where somebody else has gone on with it since, or its version is superseded."""
    Coverage.objects.filter(pk=coverage.pk, fence=coverage.fence).update(**values)
