"""From what somebody chose on a page to a plan: causes of failure, runs by code, a filter."""

import re
from collections.abc import Sequence

from django.db import transaction

from audit import trail
from audit.codes import PATTERN
from portal.forms.runs_filters import RunFilters
from portal.masking import masked_text
from portal.run_story import utc_now
from provisioning.plans import selecting
from provisioning.plans.models import Plan
from provisioning.plans.selecting import CannotPlan, Chosen, Wanted
from provisioning.runs.models import FailureGroup, Run

#: Codes that one form may name; a filter names as many runs as one plan holds.
MOST_CODES = 1_000


def codes_of(sent: Sequence[str]) -> list[str]:
    """What of the texts that a form sent can be a code."""
    return [one for one in sent[:MOST_CODES] if re.fullmatch(PATTERN, one)]


@transaction.atomic
def of_causes(codes: Sequence[str], *, actor: trail.Actor) -> Plan:
    """A plan of everything that is stopped for these causes. Raises CannotPlan."""
    groups = list(FailureGroup.objects.filter(code__in=codes).order_by("pk"))
    if not groups:
        raise CannotPlan("Choose at least one cause that has open runs.")
    plan = _make(
        selecting.stopped_runs(groups),
        {"causes": [group.code for group in groups]},
        " · ".join(masked_text(group.message)[:80] for group in groups[:3]),
        actor,
    )
    for group in groups:
        trail.record(
            "failures.planned",
            actor=actor,
            obj=trail.Object("failure-group", group.code, group.error_code),
            data={"plan": plan.code, "items": plan.item_count},
        )
    return plan


def of_runs(codes: Sequence[str], *, actor: trail.Actor) -> Plan:
    """A plan of these runs. Raises CannotPlan."""
    if not codes:
        raise CannotPlan("Choose at least one run.")
    rows = Run.objects.filter(code__in=codes)
    return _make(selecting.runs_of(rows), {"chosen": len(codes)}, "chosen on the list", actor)


def of_filter(form: RunFilters, *, actor: trail.Actor) -> Plan:
    """A plan of all runs that this valid form finds now, and never again. Raises CannotPlan."""
    pairs = form.parameters()
    said = ", ".join(f"{name}: {value}" for name, value in pairs) or "every run"
    items = selecting.runs_of(form.filtered(Run.objects.all(), utc_now()))
    return _make(items, {"filter": [list(pair) for pair in pairs]}, masked_text(said), actor)


def _make(
    items: Sequence[Chosen], source: dict[str, object], said: str, actor: trail.Actor
) -> Plan:
    count = f"{len(items):,} run{'' if len(items) == 1 else 's'}"
    return selecting.make(
        Wanted(
            kind=Plan.Kind.BULK_REPLAY,
            title=f"Replay {count}",
            items=items,
            source={**source, "said": said},
        ),
        actor=actor,
    )
