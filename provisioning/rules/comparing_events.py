"""Two definitions held against many stored events: full counts, and the first of each kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from provisioning.rules.conditions import Verdict, evaluate
from provisioning.rules.definitions import Definition
from provisioning.rules.fields import Facts
from provisioning.rules.models import Backtest
from provisioning.rules.previews import preview
from provisioning.rules.seeing import facts_from

#: How many of each list are kept, and for how many the calls are rendered.
LISTED = 100
RENDERED = 200
MOST_PEOPLE = 10_000

_READ = """
SELECT event.id, event.code, event.event_type, event.received_at, event.person_id,
       event.person_login, event.body, profile.event_id IS NOT NULL,
       profile."user"::text, profile.previous::text, profile.groups::text, profile.person_is_new
FROM provisioning_event AS event
LEFT JOIN provisioning_eventprofile AS profile ON profile.event_id = event.id
WHERE (event.received_at, event.id) > (%s, %s) AND event.received_at <= %s
  AND event.event_type = ANY(%s) AND event.state <> 'quarantined'
ORDER BY event.received_at, event.id
LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One stored event with the profile that was read for it, if any."""

    id: int
    code: str
    event_type: str
    received_at: datetime
    person_id: str
    person_login: str
    body: str
    profile: Mapping[str, Any] | None


def empty(*, was_on: bool) -> dict[str, Any]:
    """A result that nothing was added to yet."""
    counts = dict.fromkeys(("before", "now", "new", "gone", "kept", "without_profile"), 0)
    return {"was_on": was_on, "counts": counts, "new": [], "gone": [], "people": {"new": [],
            "gone": []}, "calls": {}, "rendered": 0, "problems": []}  # fmt: skip


def close(result: dict[str, Any]) -> None:
    """Count the people; who they are is only needed while counting."""
    for kind, people in result.pop("people", {}).items():
        result["counts"][f"people_{kind}"] = len(people)


def read(backtest: Backtest, limit: int) -> list[Row]:
    since = (backtest.last_received_at, backtest.last_event_id)
    with connection.cursor() as cursor:
        cursor.execute(_READ, [*since, backtest.until_at, backtest.event_types, limit])
        return [_row(values) for values in cursor.fetchall()]


def _row(values: Sequence[Any]) -> Row:
    profile = None
    if values[7]:
        user, previous, groups = map(_json, values[8:11])
        profile = {
            "user": user,
            "previous": previous,
            "groups": groups,
            "person_is_new": values[11],
        }
    pk, code, event_type, received_at, person_id, person_login, body = values[:7]
    return Row(pk, code, event_type, received_at, person_id, person_login, body, profile)


def _json(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)


def add(
    result: dict[str, Any], rows: Sequence[Row], before: Definition | None, after: Definition
) -> None:
    """Add what both say of these events."""
    people = {kind: set(known) for kind, known in result["people"].items()}
    counts = result["counts"]
    for row in rows:
        facts = facts_from(row.body, row.profile)
        said = _matching(after, row, facts) if after.enabled else None
        old = _old(before, after, row, facts, said)
        counts["before"] += old is not None
        counts["now"] += said is not None
        if after.needs_user and row.profile is None:
            counts["without_profile"] += 1
        if said is not None:
            _would_do(result, row, after, facts, listed=old is None)
        if (said is None) != (old is None):
            kind = "gone" if said is None else "new"
            counts[kind] += 1
            if row.person_id and len(people[kind]) < MOST_PEOPLE:
                people[kind].add(row.person_id)
            if kind == "gone" and len(result["gone"]) < LISTED:
                result["gone"].append(_line(row, evaluate(after.when, facts).why_not))
        elif said is not None:
            counts["kept"] += 1
    result["people"] = {kind: sorted(known) for kind, known in people.items()}


def _matching(definition: Definition, row: Row, facts: Facts) -> Verdict | None:
    if row.event_type not in definition.on:
        return None
    verdict = evaluate(definition.when, facts)
    return verdict if verdict.matched else None


def _old(
    before: Definition | None, after: Definition, row: Row, facts: Facts, said: Verdict | None
) -> Verdict | None:
    """What is in force says; the same conditions are not evaluated twice."""
    if before is None:
        return None
    if before.when == after.when and before.on == after.on and after.enabled:
        return said
    return _matching(before, row, facts)


def _would_do(
    result: dict[str, Any], row: Row, definition: Definition, facts: Facts, *, listed: bool
) -> None:
    """Count the calls of a match; render the first ones, to show them and to find what is wrong."""
    for step in definition.do:
        result["calls"][step.action] = result["calls"].get(step.action, 0) + 1
    wanted = listed and len(result["new"]) < LISTED
    if not wanted and result["rendered"] >= RENDERED:
        return
    steps = preview(definition, facts).steps
    result["rendered"] += 1
    problems = [problem for step in steps for problem in step.problems]
    if problems and len(result["problems"]) < LISTED:
        result["problems"].append(_line(row, problems[0]))
    if wanted:
        says = [step.sentence for step in steps if step.sentence]
        result["new"].append({**_line(row, problems[0] if problems else ""), "says": says})


def _line(row: Row, why: str) -> dict[str, Any]:
    return {
        "event": row.code,
        "type": row.event_type,
        "person": row.person_login,
        "person_id": row.person_id,
        "at": row.received_at.isoformat(),
        "why": why,
    }
