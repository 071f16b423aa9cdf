"""The gate: every run that comes to be passes `place`, and one that needs an approval is held.

A held run has no lease and is due to nobody; it does not hold up its person's later runs. A worker
asks for the decision (`asking`), people take it here, and a worker makes sure that what it is about
to call is what was agreed to (`agreement`), so that no way round this gate leads to a call.
"""

from datetime import datetime
from typing import Unpack

from django.db import transaction

from audit import trail
from provisioning import wakeups
from provisioning.approvals import requests
from provisioning.approvals.models import Approval, Decision
from provisioning.approvals.requests import CannotDecide, Decided, Said
from provisioning.clocks import database_now
from provisioning.rules.approval import Demand
from provisioning.runs import contents
from provisioning.runs.asking import KIND, ask_again
from provisioning.runs.loading import load
from provisioning.runs.models import Run
from provisioning.runs.work import Work, settle_events


def place(run: Run, demand: Demand | None, *, requester: str, identity: str) -> bool:
    """Decide whether this run has to wait for somebody's agreement; True if it is held now.

    Call it for every run before it is stored as claimable, whatever made it: an event, a replay, a
    confirmation, a plan, a schedule, the API. `steps_done` has to be right by then. The caller
    stores the run, writes `held_entry` where the answer is True, and tells the workers on commit.
    """
    if demand is None or run.steps_done >= run.step_count:
        return False
    run.state = Run.State.HELD
    run.requester, run.requester_identity = requester, identity
    return True


def held_entry(run: Run, rule: str, *, actor: trail.Actor, why: str) -> trail.Row:
    """The entry of a run that was held."""
    obj = trail.Object("run", run.code, rule)
    return trail.draft("run.held", actor=actor, obj=obj, data={"why": why})


@transaction.atomic
def decide(
    approval: Approval,
    *,
    actor: trail.Actor,
    **said: Unpack[Said],
) -> Decided:
    """One person's decision on a held run. Raises CannotDecide.

    Before somebody agrees, the effect is computed again. If it is not what was asked for any more,
    nothing is decided and another request takes the place of this one.
    """
    approval = Approval.objects.select_for_update().get(pk=approval.pk)
    if problem := requests.why_not(approval, identity=actor.identity, roles=said["roles"]):
        raise CannotDecide(problem)
    run = _held(approval)
    if said["verdict"] == Decision.Verdict.APPROVE and said["digest"] == approval.digest:
        asked_anew = _asked_anew(run, approval, actor=actor)
        if asked_anew is not None:
            return Decided(asked_anew, changed=True)
    approval = requests.decide(approval, actor=actor, **said)
    if approval.state == Approval.State.APPROVED:
        _release(run, approval, actor=actor)
    elif approval.state == Approval.State.REJECTED:
        because = f"{actor.name} rejected it: {said['reason'].strip()}"
        _let_go(run, Run.State.REJECTED, because, approval=approval.code, actor=actor)
    return Decided(approval)


@transaction.atomic
def cancel(run: Run, *, reason: str, actor: trail.Actor) -> bool:
    """Give up a held run; nothing is called. False if it is not held any more."""
    open_one = Approval.objects.open().about(KIND, run.code)
    list(open_one.select_for_update())  # approval first, then run: the order everywhere
    held = Run.objects.select_for_update(of=("self",)).filter(pk=run.pk, state=Run.State.HELD)
    found = held.select_related("rule").first()
    if found is None:
        return False
    requests.void(KIND, run.code, because="The run was cancelled.", actor=actor)
    said = f"{actor.name} cancelled it. {reason.strip()}".strip()
    _let_go(found, Run.State.CANCELLED, said, approval="", actor=actor)
    return True


def expired(approval: Approval, *, actor: trail.Actor) -> None:
    """Nobody decided in time: the run ends, and nothing was called."""
    run = Run.objects.select_for_update(of=("self",)).select_related("rule")
    held = run.filter(code=approval.object_code, state=Run.State.HELD).first()
    if held is not None:
        said = "Nobody decided in time; nothing was done."
        _let_go(held, Run.State.EXPIRED, said, approval=approval.code, actor=actor)


def _held(approval: Approval) -> Run:
    rows = Run.objects.select_for_update(of=("self",)).select_related("rule", "version")
    run = rows.filter(code=approval.object_code, state=Run.State.HELD).first()
    if run is None:
        raise CannotDecide("This run is not held any more.")
    return run


def _asked_anew(run: Run, approval: Approval, *, actor: trail.Actor) -> Approval | None:
    """The request that takes this one's place; None if what would happen is still the same.

    What the worker saw of the targets is kept where the call is the same; it looks again itself
    before it acts.
    """
    [work] = load([run.pk])
    before = contents.looks_of(approval.content)
    try:
        content = contents.content_of(work, before)
    except contents.CannotFill:
        return _fail(run, approval, actor=actor)
    if requests.digest_of(content) == approval.digest:
        return None
    content = contents.content_of(work, _still_true(work, approval, before))
    return ask_again(work, content, approval, actor=actor)


def _still_true(
    work: Work, approval: Approval, before: dict[str, contents.Json]
) -> dict[str, contents.Json]:
    """What was read of those targets whose call has not changed."""
    asked = {one["key"]: one for one in contents.without_looks(approval.content)["steps"]}
    calls = contents.calls_of(work, asked)
    return {one["key"]: before[one["key"]] for one in calls if one == asked[one["key"]]}


def _fail(run: Run, approval: Approval, *, actor: trail.Actor) -> Approval:
    """It cannot be filled in any more: a worker ends it with the reason, and calls nothing."""
    because = "A step cannot be filled in any more; the run says why."
    requests.void(KIND, run.code, because=because, actor=actor)
    Run.objects.filter(pk=run.pk, state=Run.State.HELD).update(
        state=Run.State.PENDING, due_at=database_now()
    )
    settle_events([run.event_id])
    wakeups.tell_on_commit()
    approval.refresh_from_db()
    return approval


def _release(run: Run, approval: Approval, *, actor: trail.Actor) -> None:
    now = database_now()
    # The run may have been held again after a step was tried: the time for that begins anew.
    again = {"retry_from_at": now} if run.started_at else {}
    _change(
        run, state=Run.State.PENDING, due_at=now, approved_digest=approval.digest, error="", **again
    )
    trail.record(
        "run.released",
        actor=actor,
        obj=trail.Object("run", run.code, run.rule.name),
        data={"approval": approval.code, "digest": approval.digest},
    )
    wakeups.tell_on_commit()


_VERBS = {
    Run.State.REJECTED: "run.rejected",
    Run.State.EXPIRED: "run.expired",
    Run.State.CANCELLED: "run.cancelled",
}


def _let_go(run: Run, state: Run.State, said: str, *, approval: str, actor: trail.Actor) -> None:
    _change(run, state=state, finished_at=database_now(), error_code=state.value, error=said)
    trail.record(
        _VERBS[state],
        actor=actor,
        obj=trail.Object("run", run.code, run.rule.name),
        data={"approval": approval},
    )


def _change(run: Run, *, state: Run.State, **values: str | datetime) -> None:
    changed = Run.objects.filter(pk=run.pk, state=Run.State.HELD).update(
        state=state, lease_until=None, burst="", **values
    )
    if changed != 1:
        raise CannotDecide("This run is not held any more.")
    settle_events([run.event_id])
