"""Why runs stopped, by cause: rule, action, target and error code, never free text."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db import connection

from audit import trail
from audit.codes import new_code
from provisioning import notices
from provisioning.actions import registry
from provisioning.actions.base import ActionError, Permanent, Transient, Unknown
from provisioning.clocks import database_now
from provisioning.runs.models import Run, Step
from provisioning.runs.troubles import FailureGroup

#: Where a code from outside stops being a code: some functions of AWS Lambda name their own.
_NO_CODE = re.compile(r"[^A-Za-z0-9_.:-]")

# Whoever files a failure decides, in the same statement, whether it brings its cause back. Two
# that file at once take turns on the row, so that one of them brings it back and no more.
_FILE = """
INSERT INTO provisioning_failuregroup AS old
    (code, key, rule_id, action, target, error_code, message, hint, advice, first_at, last_at,
     state, state_by, state_note, hits)
SELECT code, key, rule_id, action, target, error_code, message, hint, advice, %(now)s, %(now)s,
    'open', '', '', hits
FROM json_to_recordset(%(rows)s::json) AS new (
    code text, key text, rule_id bigint, action text, target text, error_code text, message text,
    hint text, advice text, hits bigint)
ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    last_at = excluded.last_at, message = excluded.message, hint = excluded.hint,
    advice = excluded.advice, hits = old.hits + excluded.hits,
    state = CASE WHEN {comes_back} AND old.state = 'resolved' THEN 'regressed'
                 WHEN {comes_back} THEN 'open' ELSE old.state END,
    reopened_at = CASE WHEN {comes_back} THEN %(now)s ELSE old.reopened_at END,
    snoozed_until = CASE WHEN {comes_back} THEN NULL ELSE old.snoozed_until END,
    snoozed_hits = CASE WHEN {comes_back} THEN NULL ELSE old.snoozed_hits END
RETURNING id, key, code, state, resolved_in, xmax = 0, coalesce(reopened_at = %(now)s, false)
""".replace(
    "{comes_back}",
    "(old.state = 'resolved' OR old.state = 'snoozed' AND ("
    "old.snoozed_until <= %(now)s OR old.hits + excluded.hits >= old.snoozed_hits))",
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A stopped run as its group sees it."""

    rule_id: int
    rule: str
    version: int
    action: str
    target: str
    error_code: str
    message: str
    hint: str
    advice: str

    @classmethod
    def of(cls, run: Run, step: Step, advice: str) -> "Failure":
        return cls(
            run.rule_id, run.rule.name, run.version.number, step.action, step.target,
            step.error_code, step.error, step.hint, advice,
        )  # fmt: skip

    @property
    def plain_code(self) -> str:
        return _NO_CODE.split(self.error_code, maxsplit=1)[0] or "error"

    @property
    def key(self) -> str:
        parts = "\x00".join((str(self.rule_id), self.action, self.target, self.plain_code))
        return hashlib.sha256(parts.encode()).hexdigest()


def advice_for(error: ActionError) -> str:
    """What a person can do, from the class of the error."""
    if isinstance(error, Unknown):
        return FailureGroup.Advice.DECIDE
    return FailureGroup.Advice.RETRY if isinstance(error, Transient) else FailureGroup.Advice.FIX


def file(failed: Sequence[Failure], *, actor: trail.Actor) -> Mapping[str, int]:
    """Give each failure its group (key -> id), in the caller's transaction. Groups are made as
    needed; a resolved one comes back, and people are told once of each."""
    if not failed:
        return {}
    now = database_now()
    by_key = {one.key: one for one in failed}
    counted = Counter(one.key for one in failed)
    with connection.cursor() as cursor:
        rows = [_row(one, counted[key]) for key, one in by_key.items()]
        cursor.execute(_FILE, {"rows": _json(rows), "now": now})
        found = cursor.fetchall()
    entries = []
    for _, key, code, state, resolved_in, made, came_back in found:
        if came_back:
            entries.append(_reopened(by_key[key], code, state, resolved_in, actor))
        if made or came_back:
            _tell(by_key[key], code, now, again=came_back)
    trail.write(entries)
    return {key: pk for pk, key, *_ in found}


def _row(one: Failure, hits: int) -> dict[str, object]:
    return {
        "code": new_code(), "key": one.key, "rule_id": one.rule_id, "action": one.action,
        "target": one.target, "error_code": one.error_code, "message": one.message,
        "hint": one.hint, "advice": one.advice, "hits": hits,
    }  # fmt: skip


def _json(rows: list[dict[str, object]]) -> str:
    try:
        return orjson.dumps(rows).decode()
    except TypeError:  # lone surrogates
        return json.dumps(rows)


def _reopened(
    one: Failure, code: str, state: str, resolved_in: int | None, actor: trail.Actor
) -> trail.Row:
    data: dict[str, object] = {"state": state, "because": "it happened again"}
    if state == FailureGroup.State.REGRESSED:
        data |= {"resolved_in": resolved_in, "version": one.version}
    obj = trail.Object("failure-group", code, one.error_code)
    return trail.draft("failures.reopened", actor=actor, obj=obj, data=data)


def _tell(one: Failure, code: str, now: datetime, *, again: bool) -> None:
    """Without the error's own words and without the target: both may name a person."""
    action = registry.ACTIONS.get(one.action)
    title = action.title if action else one.action
    advice = FailureGroup.Advice(one.advice).label
    notices.tell(
        kind="failure",
        key=f"failures:{code}:{now.isoformat()}" if again else f"failures:{code}",
        subject=f"{one.rule} fails{' again' if again else ''}: {one.plain_code}",
        text=f"Rule {one.rule}, version {one.version}, stops at “{title}” with {one.plain_code}. "
        f"{advice}. You are told once of this cause, however many runs it stops.",
        path=f"/failures/{code}/",
        now=now,
    )


def plain_class(error: ActionError) -> str:
    """The class of an error in one word, as attempts keep it."""
    kinds = ((Transient, "transient"), (Permanent, "permanent"), (Unknown, "unknown"))
    return next((name for kind, name in kinds if isinstance(error, kind)), "permanent")
