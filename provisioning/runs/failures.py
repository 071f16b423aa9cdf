"""Why runs stopped, by cause: rule, action, target and error code, never free text."""

import hashlib
from collections.abc import Sequence

from django.utils import timezone

from provisioning.actions.base import ActionError, Permanent, Transient, Unknown
from provisioning.runs.models import FailureGroup, Run, Step


def key_of(run: Run, step: Step) -> str:
    parts = "\x00".join((str(run.rule_id), step.action, step.target, step.error_code))
    return hashlib.sha256(parts.encode()).hexdigest()


def advice_for(error: ActionError) -> str:
    """What a person can do, from the class of the error."""
    if isinstance(error, Unknown):
        return FailureGroup.Advice.DECIDE
    return FailureGroup.Advice.RETRY if isinstance(error, Transient) else FailureGroup.Advice.FIX


def file(failed: Sequence[tuple[Run, Step, str]]) -> None:
    """Give each stopped run its group, in the caller's transaction; groups are made as needed."""
    if not failed:
        return
    now = timezone.now()
    groups = {}
    for run, step, advice in failed:
        groups[key_of(run, step)] = FailureGroup(
            key=key_of(run, step),
            rule_id=run.rule_id,
            action=step.action,
            target=step.target,
            error_code=step.error_code,
            message=step.error,
            hint=step.hint,
            advice=advice,
            first_at=now,
            last_at=now,
        )
    FailureGroup.objects.bulk_create(
        [groups[key] for key in sorted(groups)],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["last_at", "message", "hint", "advice"],
    )
    ids = dict(FailureGroup.objects.filter(key__in=groups).values_list("key", "id"))
    for run, step, _ in failed:
        run.group_id = ids[key_of(run, step)]


def plain_class(error: ActionError) -> str:
    """The class of an error in one word, as attempts keep it."""
    kinds = ((Transient, "transient"), (Permanent, "permanent"), (Unknown, "unknown"))
    return next((name for kind, name in kinds if isinstance(error, kind)), "permanent")
