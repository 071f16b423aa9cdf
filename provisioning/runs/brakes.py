"""The emergency brake: pulled at once by one person, released after a look at what will happen.

Intake and matching go on and runs are made. What a brake covers is not claimed, and a run on its
way stops before its next covered step. A run that waits for it keeps its state and its place in its
lane: if it were set aside, a later grant could overtake an earlier revocation, which would then, on
release, take away what the person has by right.
"""

import math
import time
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from audit import trail
from provisioning.actions.registry import ACTIONS
from provisioning.approvals import policy
from provisioning.clocks import database_now
from provisioning.rules.models import Rule
from provisioning.runs.brake_models import Brake
from provisioning.runs.models import FailureGroup, Run, Step

Level = Brake.Level
LONGEST_REASON = 2_000
_DESTRUCTIVE = ", ".join(f"'{effect}'" for effect in sorted(policy.DESTRUCTIVE))

#: For the claim of a run `mine`: no brake that is on covers its next step. The first line asks
#: nothing of `mine`, so that with everything stopped no run is looked at.
NOT_STOPPED = f"""
    NOT EXISTS (SELECT 1 FROM provisioning_brake WHERE released_at IS NULL AND level = 'all')
    AND NOT EXISTS (
        SELECT 1 FROM provisioning_brake AS brake
        WHERE brake.released_at IS NULL AND (brake.rule_id = mine.rule_id
          OR brake.level IN ('destructive', 'target') AND EXISTS (
            SELECT 1 FROM (
                SELECT effect, action, target FROM provisioning_step
                WHERE run_id = mine.id AND state NOT IN ('succeeded', 'already', 'kept')
                ORDER BY position LIMIT 1) AS next
            WHERE CASE brake.level WHEN 'destructive' THEN next.effect IN ({_DESTRUCTIVE})
                ELSE next.target = brake.target
                  OR starts_with(next.action, brake.target || '.') END)))
"""  # noqa: S608 - built from constants


class CannotPull(ValueError):  # noqa: N818
    """Not like this; the message says what is wrong, in a sentence."""


def services() -> list[str]:
    """What a brake can be pulled for as a whole: the names of all actions but their last part."""
    return sorted({name.rpartition(".")[0] for name in ACTIONS})


def covers(brake: Brake, rule_id: int, step: Step) -> bool:
    """Whether this brake stops this step of a run of that rule."""
    match brake.level:
        case Level.ALL:
            return True
        case Level.RULE:
            return brake.rule_id == rule_id
        case Level.DESTRUCTIVE:
            return step.effect in policy.DESTRUCTIVE
        case _:
            return step.target == brake.target or step.action.startswith(f"{brake.target}.")


#: No call begins later than this after a brake was pulled elsewhere; a real call takes longer.
NOTICED_SECONDS = 0.02


class Lookout:
    """What a worker looks at before each call: whether a brake stops it by now."""

    def __init__(self) -> None:
        self._read_at = -math.inf
        self._pulled: list[Brake] = []

    def stops(self, run: Run, step: Step) -> bool:
        if time.monotonic() - self._read_at > NOTICED_SECONDS:
            self._pulled, self._read_at = list(Brake.objects.on()), time.monotonic()
        return any(covers(brake, run.rule_id, step) for brake in self._pulled)


def stopping(on: Iterable[Brake], run: Run, step: Step) -> list[Brake]:
    """Those of these brakes that hold this run before this step."""
    return [brake for brake in on if covers(brake, run.rule_id, step)]


def covered_steps(brake: Brake) -> Q:
    """The steps it covers, as a condition on steps."""
    match brake.level:
        case Level.ALL:
            return Q()
        case Level.RULE:
            return Q(run__rule=brake.rule_id)
        case Level.DESTRUCTIVE:
            return Q(effect__in=policy.DESTRUCTIVE)
        case _:
            return Q(target=brake.target) | Q(action__startswith=f"{brake.target}.")


@transaction.atomic
def pull(
    *, level: str, reason: str, actor: trail.Actor, target: str = "", rule: Rule | None = None
) -> Brake:
    """Stop it from this moment on. Raises CannotPull."""
    _check(level, target, rule, reason)
    brake = Brake(
        level=level,
        target=target,
        rule=rule,
        reason=reason.strip(),
        pulled_by=actor.name,
        pulled_identity=actor.identity,
        pulled_at=database_now(),
    )
    try:
        with transaction.atomic():
            brake.save(force_insert=True)
    except IntegrityError:
        raise CannotPull("This is stopped already.") from None
    tell("brake.pulled", brake, actor, {"reason": brake.reason})
    return brake


def _check(level: str, target: str, rule: Rule | None, reason: str) -> None:
    if level not in Level.values:
        raise CannotPull("Choose what to stop.")
    if not reason.strip():
        raise CannotPull("Say in a sentence why; everybody will read it.")
    if len(reason) > LONGEST_REASON:
        raise CannotPull(f"The reason is longer than {LONGEST_REASON:,} characters.")
    if (level == Level.RULE) != (rule is not None):
        raise CannotPull("Choose a rule if one rule shall stop, and none otherwise.")
    if (level == Level.TARGET) != bool(target):
        raise CannotPull("Choose a target if one target shall stop, and none otherwise.")
    if target and target not in services() and target not in known_targets():
        known = ", ".join(services())
        raise CannotPull(
            f"Nothing acts on {target[:80]!r}. Choose {known}, or a target that is listed."
        )


def known_targets() -> list[str]:
    """Single targets a brake can be pulled for: those at which something ever went wrong."""
    rows = FailureGroup.objects.exclude(target="").order_by("target")
    return list(rows.values_list("target", flat=True).distinct()[:500])


def tell(verb: str, brake: Brake, actor: trail.Actor, data: dict[str, Any]) -> None:
    about = {"level": brake.level, "target": brake.target}
    if brake.rule is not None:
        about["rule"] = brake.rule.name
    trail.record(
        verb, actor=actor, obj=trail.Object("brake", brake.code, str(brake)), data=about | data
    )
