"""What becomes of a burst at its gate: its runs are let go or given up, and the gate opens."""

from collections.abc import Sequence

from audit import trail
from provisioning import wakeups
from provisioning.clocks import database_now
from provisioning.rules.models import Rule
from provisioning.runs.gate_models import Gate
from provisioning.runs.models import Run
from provisioning.runs.work import settle_events


def locked(burst: str) -> Gate | None:
    """The gate that this burst keeps shut, locked; None if it does no more."""
    return Gate.objects.select_for_update(no_key=True).filter(burst=burst).first()


def let_go(burst: str, ids: Sequence[int]) -> int:
    """Release these runs of a burst, in the caller's transaction; how many were held by it.

    One whose rule demands an approval of its own is held for that from now on.
    """
    _require_all(burst, ids)
    runs = Run.objects.filter(pk__in=ids, burst=burst, state=Run.State.HELD)
    demanding = runs.exclude(requester_identity="")
    for_approval = demanding.update(burst="")
    rest = Run.objects.filter(pk__in=ids, burst=burst, state=Run.State.HELD)
    going = rest.update(burst="", state=Run.State.PENDING, due_at=database_now())
    _settle(ids)
    wakeups.tell_on_commit()
    return for_approval + going


def give_up(burst: str, ids: Sequence[int], *, state: Run.State, said: str) -> int:
    """End these runs of a burst, nothing done, in the caller's transaction; how many ended.

    One that was given up by itself meanwhile stays as it is: nobody could want it otherwise.
    """
    runs = Run.objects.filter(pk__in=ids, burst=burst, state=Run.State.HELD)
    ended = runs.update(
        burst="", state=state, finished_at=database_now(), error_code=state.value, error=said
    )
    _settle(ids)
    return ended


class MovedOn(Exception):  # noqa: N818
    """A run that was shown is not held by its burst any more; nothing was changed."""


def _require_all(burst: str, ids: Sequence[int]) -> None:
    """What was shown is what is decided: all of it, or nothing."""
    rows = Run.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    if any(one != burst for one in rows.values_list("burst", flat=True)):
        raise MovedOn("A run of this burst is not held by it any more. Look again.")


def _settle(ids: Sequence[int]) -> None:
    settle_events(Run.objects.filter(pk__in=ids).values_list("event_id", flat=True))


def open_if_empty(gate: Gate, *, actor: trail.Actor) -> bool:
    """Open a locked gate once nothing waits at it; from then on it is counted anew."""
    if Run.objects.filter(burst=gate.burst).exists():
        return False
    name = Rule.objects.values_list("name", flat=True).get(pk=gate.rule_id)
    Gate.objects.filter(pk=gate.pk).update(burst="", why="", shut_at=None, since=database_now())
    trail.record(
        "gate.opened",
        actor=actor,
        obj=trail.Object("rule", name, name),
        data={"burst": gate.burst},
    )
    return True
