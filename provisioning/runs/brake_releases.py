"""Releasing a brake, after a look at what will happen; the wide levels need a second person."""

from datetime import timedelta
from typing import Any, Unpack

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import Greatest

from audit import trail
from provisioning import wakeups
from provisioning.approvals import policy, requests
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import Decided, Said
from provisioning.clocks import database_now
from provisioning.runs.brake_models import Brake
from provisioning.runs.brakes import LONGEST_REASON, Level, covered_steps, tell
from provisioning.runs.models import Run, Step

#: Their release lets everything that waits act at once.
_WIDE = frozenset({Level.ALL, Level.DESTRUCTIVE})


class CannotRelease(ValueError):  # noqa: N818
    """Not now, or not by one person alone; the message says why, in a sentence."""


def second_person_needed(brake: Brake) -> bool:
    """Whether its release must be agreed to by somebody else."""
    return brake.level in _WIDE and policy.second_person_needed(Approval.Risk.HIGH)


@transaction.atomic
def release(brake: Brake, *, reason: str, actor: trail.Actor) -> Brake:
    """Let it go on. Raises CannotRelease, also where somebody else has to agree: `ask_release`."""
    if second_person_needed(brake):
        raise CannotRelease("Somebody else must agree to this release. Ask for it.")
    return _release(brake, reason=reason, actor=actor)


@transaction.atomic
def ask_release(brake: Brake, *, reason: str, actor: trail.Actor) -> Approval:
    """Ask somebody else to agree to the release. Raises CannotRelease."""
    if not Brake.objects.on().filter(pk=brake.pk).exists():
        raise CannotRelease("This brake was released already.")
    if not reason.strip():
        raise CannotRelease("Say in a sentence why it can go on.")
    return requests.ask(
        requests.Ask(
            kind="plan",
            object_kind="brake",
            object_code=brake.code,
            title=f"Release the emergency brake: {brake}",
            content=_content(brake),
            risk=Approval.Risk.HIGH,
            reason=reason.strip(),
        ),
        actor=actor,
    )


def _content(brake: Brake) -> dict[str, Any]:
    """What is agreed to. How much waits is not part of it: it grows while people decide, and the
    page shows it anew each time."""
    return {
        "release": {"brake": brake.code, "level": brake.level},
        "pulled": {"at": brake.pulled_at.isoformat(), "reason": brake.reason},
    }


def approval_of(brake: Brake) -> Approval | None:
    """The open request for its release, if there is one."""
    return Approval.objects.open().about("brake", brake.code).first()


@transaction.atomic
def decide(
    approval: Approval,
    *,
    actor: trail.Actor,
    **said: Unpack[Said],
) -> Decided:
    """Record a decision on a release; the one that completes it releases the brake.

    Raises CannotDecide.
    """
    brake = Brake.objects.get(code=approval.object_code)
    decided = requests.decide(approval, actor=actor, **said)
    if decided.state == Approval.State.APPROVED:
        try:
            _release(brake, reason=decided.reason, actor=actor)
        except CannotRelease as problem:
            raise requests.CannotDecide(str(problem)) from None
    return Decided(decided)


def _release(brake: Brake, *, reason: str, actor: trail.Actor) -> Brake:
    if not reason.strip():
        raise CannotRelease("Say in a sentence why it can go on.")
    changed = (
        Brake.objects.on()
        .filter(pk=brake.pk)
        .update(
            released_at=database_now(),
            released_by=actor.name,
            release_reason=reason.strip()[:LONGEST_REASON],
        )
    )
    if changed != 1:
        raise CannotRelease("This brake was released already.")
    brake.refresh_from_db()
    _leave_out_the_wait(brake)
    requests.void("brake", brake.code, because="The brake was released.", actor=actor)
    tell("brake.released", brake, actor, {"reason": brake.release_reason})
    wakeups.tell_on_commit()
    return brake


def _leave_out_the_wait(brake: Brake) -> None:
    """The time in which a step is tried again stood still: what was left of it when the brake was
    pulled is left now."""
    begun = Step.objects.filter(covered_steps(brake), started_at__isnull=False)
    next_step = begun.exclude(state__in=Step.DONE_STATES).filter(run=OuterRef("pk"))
    waited = Run.objects.filter(Exists(next_step), state__in=Run.OPEN_STATES)
    # In the order in which workers lock them, so that the two never wait for each other.
    ids = list(waited.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    counted_from = Greatest(F("retry_from_at"), Subquery(next_step.values("started_at")[:1]))
    Run.objects.filter(pk__in=ids).update(
        retry_from_at=brake.released_at - Greatest(brake.pulled_at - counted_from, timedelta(0))
    )
