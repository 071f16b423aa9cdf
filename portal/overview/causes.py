"""The causes that most stopped runs share."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count as CountOf
from django.urls import reverse

from provisioning.runs.models import FailureGroup, Run

MOST = 5


@dataclass(frozen=True, slots=True)
class Cause:
    """A failure group with how many of its runs still need a person."""

    group: FailureGroup
    runs: int
    url: str


def top_causes() -> Sequence[Cause]:
    """The largest first. One query."""
    open_groups = FailureGroup.objects.filter(
        state__in=FailureGroup.WAITING_STATES,
        runs__state__in=Run.STOPPED_STATES,
        runs__superseded=False,
        runs__handling__isnull=True,
    )
    counted = open_groups.annotate(open_runs=CountOf("runs")).select_related("rule")
    return [
        Cause(
            group,
            group.open_runs,  # type: ignore[attr-defined]  # the annotation above
            reverse("failure-detail", args=[group.code]),
        )
        for group in counted.order_by("-open_runs", "-last_at", "-id")[:MOST]
    ]
