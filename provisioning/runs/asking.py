"""A worker looks at the targets of a held run and asks for the decision, so that people see what
would happen and what is there now. Looking changes nothing, so it may be done again after a crash.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import replace

from django.conf import settings
from django.db import connection, transaction

from audit import trail
from audit.canonical import clean, clean_text
from provisioning import bulk
from provisioning.actions.base import ActionError
from provisioning.approvals import policy, requests
from provisioning.approvals.models import Approval
from provisioning.clocks import database_now, steady_now
from provisioning.database import AWAY
from provisioning.rules.approval import Demand
from provisioning.rules.definitions import load_definition
from provisioning.runs import contents, leases, rendering
from provisioning.runs.contents import Json
from provisioning.runs.loading import load
from provisioning.runs.models import Run, Step
from provisioning.runs.work import Work, settle_events

log = logging.getLogger(__name__)

KIND = "run"
#: For one look, and for all looks of one run together.
LOOK_SECONDS, LOOKS_SECONDS = 10.0, 30.0
#: After so many workers were lost while they looked, it is asked without looking.
MOST_LOST_CLAIMS = 3

_WAITING = """
    SELECT id FROM provisioning_run
    WHERE state = 'held' AND asked_at IS NULL AND burst = ''
      AND (lease_until IS NULL OR lease_until < clock_timestamp())
"""
_CLAIM = f"""
UPDATE provisioning_run SET
    fence = fence + 1,
    lost_claims = lost_claims + CASE WHEN lease_until IS NULL THEN 0 ELSE 1 END,
    lease_until = clock_timestamp() + %(lease)s::interval
WHERE id IN ({_WAITING} ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""  # noqa: S608 - built from constants


def ask_due(*, limit: int, actor: trail.Actor) -> int:
    """Ask for the decision on up to `limit` held runs; how many were taken."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"lease": f"{settings.LEASE_SECONDS} seconds", "limit": limit})
        ids = [row[0] for row in cursor.fetchall()]
    works = load(ids)
    with leases.hold(Run, {work.run.pk: work.run.fence for work in works}):
        for work in works:
            try:
                _ask(work, actor=actor)
            except AWAY:
                raise
            except Exception:  # it is tried again when its lease ends
                log.exception("Run %s cannot be asked for", work.run.code)
    return len(works)


def any_waiting() -> bool:
    """Whether a worker would find a held run to ask about."""
    return bulk.any_row(_WAITING)


def look_at(work: Work) -> dict[str, Json]:
    """Step key -> what is at its target now, or a sentence that says why it was not read."""
    until = time.monotonic() + LOOKS_SECONDS
    try:
        calls = contents.calls_of(work, [s.key for s in _todo(work)])
    except contents.CannotFill:
        return {}
    steps = {step.key: step for step in work.steps}
    return {call["key"]: _look(work, steps[call["key"]], call, until) for call in calls}


def ask_again(work: Work, content: Json, old: Approval, *, actor: trail.Actor) -> Approval:
    """Ask for the decision on other content, with the same conditions as before."""
    because = "What would happen has changed since it was asked for."
    requests.void(KIND, work.run.code, because=because, actor=actor)
    return requests.ask(_what(work, content, reason=because, demand=_demand(work)), actor=actor)


def _ask(work: Work, *, actor: trail.Actor) -> None:
    gave_up = work.run.lost_claims >= MOST_LOST_CLAIMS
    looks = {} if gave_up else look_at(work)
    try:
        content = contents.content_of(work, looks)
    except contents.CannotFill:
        _let_it_fail(work)
        return
    what = _what(work, content, reason=work.run.error, demand=_demand(work))
    with transaction.atomic():
        requests.ask(what, actor=actor)
        if not _mine(work, asked_at=database_now(), lost_claims=0):
            log.warning("Run %s was taken meanwhile; it is not asked for.", work.run.code)
            transaction.set_rollback(True)


@transaction.atomic
def _let_it_fail(work: Work) -> None:
    """Nobody can agree to what cannot be filled in: as a run without agreement it is claimed, and
    ends with the reason before anything is called."""
    if _mine(work, state=Run.State.PENDING, due_at=database_now(), lost_claims=0):
        settle_events([work.run.event_id])


def _mine(work: Work, **values: object) -> bool:
    """False where another worker has it, or a burst: then that is decided first."""
    rows = Run.objects.filter(pk=work.run.pk, fence=work.run.fence, state=Run.State.HELD, burst="")
    return bool(rows.update(lease_until=None, **values))


def _what(work: Work, content: Json, *, reason: str, demand: Demand) -> requests.Ask:
    run = work.run
    who = f" for {run.person_login}" if run.person_login else ""
    return requests.Ask(
        kind=KIND,
        object_kind=KIND,
        object_code=run.code,
        title=clean_text(f"{run.version.title}{who}"),
        content=content,
        risk=policy.risk_of(step["effect"] for step in content["steps"]),
        author_identity=run.version.author_identity,
        reason=reason,
        needed=demand.needed,
        roles=demand.roles,
        expires_in=demand.expires_in,
        requester=run.requester,
        requester_identity=run.requester_identity,
    )


def _demand(work: Work) -> Demand:
    return load_definition(work.run.version.definition).demand or Demand()


def _todo(work: Work) -> list[Step]:
    return [step for step in work.steps if step.state not in Step.DONE_STATES]


def _look(work: Work, step: Step, call: Mapping[str, object], until: float) -> Json:
    if call["filled_later"]:
        return _unread("It depends on what an earlier step gives.")
    if time.monotonic() >= until:
        return _unread("There was no time left to read it.")
    context = replace(work.context(step, steady_now()), timeout=LOOK_SECONDS)
    try:
        action = rendering.action_of(step)
        params = rendering.validated(action, call["parameters"])  # type: ignore[arg-type]  # JSON
        if not action.readable(params):
            return _unread("It cannot be read.")
        found = action.look(params, context)
    except ActionError as error:
        return {**_unread(f"{error.message} {error.hint}".strip()), "failed": True}
    except Exception as error:
        log.exception("Step %s of run %s cannot be looked at", step.key, work.run.code)
        said = f"{type(error).__name__}: this is a defect in Sluice."
        return {**_unread(said), "failed": True}
    return {"read": True, "done": found.done, "state": clean(dict(found.state))}


def _unread(why: str) -> Json:
    return {"read": False, "why": clean_text(why)}
