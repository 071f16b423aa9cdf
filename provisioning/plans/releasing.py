"""Confirming a plan: it is released, or somebody else is asked.

A small harmless plan is confirmed by whoever made it; any other is asked of somebody else, bound
to the hash of its items, its options and everything it would call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from audit import trail
from provisioning import wakeups
from provisioning.approvals import policy, requests
from provisioning.clocks import database_now
from provisioning.plans import classifying, counting, selecting, tidying
from provisioning.plans import options as choosing
from provisioning.plans.checksums import checksum_now
from provisioning.plans.kinds import KINDS
from provisioning.plans.models import Plan
from provisioning.plans.options import Options, checked
from provisioning.plans.steering import CannotRelease, locked, moved, tell

State = Plan.State


@dataclass(frozen=True, slots=True)
class Needs:
    """What confirming would take: how many items, which effects, and whether somebody else."""

    count: int
    effects: Mapping[str, int]
    risk: str
    second_person: bool


def needs(plan: Plan, options: Options) -> Needs:
    """Whether these options would have the plan ask for an approval."""
    count = counting.chosen_count(plan, options)
    return _needed(count, counting.effects_by_kind(plan, options))


def foreseen(plan: Plan, options: Options, count: int) -> Needs:
    """The same for so many items by what is kept with the plan: for pages, at any size."""
    return _needed(count, counting.effects_kept(plan, options))


def _needed(count: int, effects: Mapping[str, int]) -> Needs:
    many = count > settings.PLAN_NEEDS_APPROVAL_ABOVE
    risk = policy.risk_of(effects, bulk=count > 1)
    asked = many or bool(policy.DESTRUCTIVE & set(effects))
    return Needs(count, effects, risk, asked and policy.second_person_needed(risk))


@transaction.atomic
def confirm(
    plan: Plan, *, checksum: str, options: Options, reason: str, actor: trail.Actor
) -> Plan:
    """Run the plan, or ask for an approval where it needs one; it comes back in its new state.

    Where the options make it run something else than was shown, it stays a draft or becomes one
    again, to be looked at. `checksum` is that of the plan the person saw. Raises CannotRelease,
    BadOptions.
    """
    plan = locked(plan, State.DRAFT)
    if checksum != plan.checksum or checksum_now(plan) != plan.checksum:
        raise CannotRelease("The plan has changed since this page was made. Look at it again.")
    if _choose(plan, checked(options), reason.strip(), actor):
        return plan
    if plan.computed_at is None and options.current:
        raise CannotRelease("What the current version would do is still being computed.")
    found = needs(plan, options)
    if not found.count:
        raise CannotRelease("No item is of a chosen class, so there is nothing to run.")
    if not found.second_person:
        return release(plan, actor)
    if plan.computed_at is None:
        raise CannotRelease("It needs an approval, and is still being computed. Wait a moment.")
    requests.ask(_request(plan, found), actor=actor)
    return moved(plan, State.WAITING, due_at=None)


def _choose(plan: Plan, options: Options, reason: str, actor: trail.Actor) -> bool:
    """Take over options. True if what would run is no longer what was shown: other classes, or
    another version or start, for which everything is classified anew: of a large plan by workers,
    as it was made."""
    before, after = plan.options, options.stored()
    anew = any(before[name] != after[name] for name in ("from", "version"))
    plan.options, plan.reason = after, reason or plan.reason
    if before != after:
        plan.checksum = checksum_now(plan)
    plan.save(update_fields=["options", "reason", "checksum"])
    if anew and selecting.is_large(plan):
        classifying.ask(plan)
    elif anew:
        KINDS[plan.kind].classify(plan)
        _compute_anew(plan)
    if before != after:
        tell("plan.changed", plan, actor, options=after, counts=plan.counts)
    return anew or before["classes"] != after["classes"]


def _compute_anew(plan: Plan) -> None:
    """Whoever computes it at the moment loses the claim: it computes something else."""
    Plan.objects.filter(pk=plan.pk).update(
        **counting.to_keep(plan),
        computed_at=None,
        due_at=database_now(),
        fence=plan.fence + 1,
        lease_until=None,
    )
    plan.refresh_from_db()
    wakeups.tell_on_commit()


def content_of(plan: Plan, found: Needs) -> dict[str, Any]:
    """Exactly what would happen, as others are asked to agree to it."""
    sample = counting.waiting_sample(plan, choosing.read(plan.options))
    return {
        "plan": plan.code,
        "kind": plan.kind,
        "checksum": plan.checksum,
        "effects_digest": counting.effects_digest(plan),
        "options": plan.options,
        "counts": counting.by_class(plan),
        "items": found.count,
        "effects": dict(found.effects),
        "sample": [
            {
                "who": item.person_login or item.key,
                "calls": [call["sentence"] or call["action"] for call in item.effect],
            }
            for item in sample
        ],
    }


def _request(plan: Plan, found: Needs) -> requests.Ask:
    return requests.Ask(
        kind="plan",
        object_kind="plan",
        object_code=plan.code,
        title=plan.title,
        content=content_of(plan, found),
        risk=found.risk,
        author_identity=plan.requester_identity,
        reason=plan.reason,
    )


def release(plan: Plan, actor: trail.Actor) -> Plan:
    """What was not chosen is skipped from the start: of a large plan by workers, before they begin
    anything."""
    now = database_now()
    chosen = choosing.read(plan.options)
    count = counting.chosen_count(plan, chosen)
    if not selecting.is_large(plan):
        tidying.set_aside(plan, chosen)
    moved(plan, State.READY, due_at=now, released_at=now)
    tell("plan.released", plan, actor, to_run=count, options=plan.options, counts=plan.counts)
    wakeups.tell_on_commit()
    return plan
