"""What the failures inbox and the page of a group count, in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Case, Count, Max, Min, Q, When
from django.db.models.functions import TruncHour

from portal import charts
from portal.forms.failures_filters import RECOVERED
from provisioning.rules.models import RuleVersion
from provisioning.runs.models import FailureGroup, Run, Step

HOURS = 24
MOST_PEOPLE = 50
MOST_CHANGES = 10

# One row for each rule, so that the filter can name every rule, and one without a rule; each with
# the events that could not be held against the rules.
_STANDING = """
WITH stopped AS (
    SELECT run.rule_id, count(*) AS runs, count(DISTINCT run.group_id) AS groups
    FROM provisioning_run AS run
    LEFT JOIN provisioning_failuregroup AS cause ON cause.id = run.group_id
    WHERE run.state IN ('failed', 'unknown') AND NOT run.superseded AND run.handling_id IS NULL
        AND (run.group_id IS NULL OR cause.state IN ('open', 'regressed'))
    GROUP BY run.rule_id)
SELECT rule.name, coalesce(stopped.runs, 0), coalesce(stopped.groups, 0),
    (SELECT count(*) FROM provisioning_event WHERE state = 'failed' AND run_count = 0)
FROM (SELECT 1) AS always
LEFT JOIN provisioning_rule AS rule ON true
LEFT JOIN stopped ON stopped.rule_id = rule.id
ORDER BY coalesce(stopped.runs, 0) DESC, rule.name
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What needs a person now, whatever the filters say."""

    runs: int
    groups: int
    lost_events: int
    #: Names of all rules, those with the most stopped runs first.
    rules: tuple[str, ...]


def standing() -> Standing:
    """One query."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING)
        rows = cursor.fetchall()
    return Standing(
        runs=sum(runs for _, runs, *_ in rows),
        groups=sum(groups for _, _, groups, *_ in rows),
        lost_events=rows[0][3],
        rules=tuple(name for name, *_ in rows if name),
    )


@dataclass(slots=True)
class Open:
    """The open runs of one group: how many, from when, and how many stopped in each hour."""

    runs: int = 0
    unknown: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    hours: list[int] = field(default_factory=lambda: [0] * HOURS)

    @property
    def spark(self) -> charts.SparkBars:
        recent = sum(self.hours)
        return charts.spark_bars(self.hours, f"{recent} of {self.runs} in the last 24 h")


def open_runs(groups: Sequence[FailureGroup], now: datetime) -> dict[int, Open]:
    """By primary key of the group. One query."""
    begin = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    # Everything older is one row of a group, so that there are at most HOURS + 1 of them.
    hour = TruncHour(Case(When(finished_at__gte=begin, then="finished_at")))
    rows = (
        Run.objects.failures()
        .filter(group__in=[group.pk for group in groups])
        .values("group_id", hour=hour)
        .annotate(
            count=Count("pk"),
            unknown=Count("pk", filter=Q(state=Run.State.UNKNOWN)),
            first=Min("finished_at"),
            last=Max("finished_at"),
        )
        .order_by()
    )
    found: dict[int, Open] = {group.pk: Open() for group in groups}
    for row in rows:
        _add(found[row["group_id"]], row, begin)
    return found


def _add(known: Open, row: Mapping[str, object], begin: datetime) -> None:
    count, hour = int(str(row["count"])), row["hour"]
    known.runs += count
    known.unknown += int(str(row["unknown"]))
    first, last = row["first"], row["last"]
    if isinstance(first, datetime):
        known.first_at = min(known.first_at or first, first)
    if isinstance(last, datetime):
        known.last_at = max(known.last_at or last, last)
    if isinstance(hour, datetime):
        slot = int((hour - begin).total_seconds() // 3600)
        known.hours[min(slot, HOURS - 1)] += count


@dataclass(frozen=True, slots=True)
class People:
    """The logins of a group's open runs, some of them, and how many there are."""

    logins: tuple[str, ...]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.logins)


def people_of(group: FailureGroup) -> People:
    """One query."""
    rows = Run.objects.failures().filter(group=group).exclude(person_login="")
    logins = sorted(rows.values_list("person_login", flat=True).distinct())
    return People(tuple(logins[:MOST_PEOPLE]), len(logins))


def sample_of(group: FailureGroup) -> Step | None:
    """The step at which the newest run of the group stopped. One query."""
    stopped = (Step.State.FAILED, Step.State.UNKNOWN)
    # Run.objects.failures() as seen from a step: only so is its index of any use.
    steps = Step.objects.filter(
        run__group=group,
        run__state__in=Run.STOPPED_STATES,
        run__superseded=False,
        run__handling__isnull=True,
        state__in=stopped,
    )
    return steps.select_related("run").order_by("-run_id").first()


def changes_before(group: FailureGroup) -> list[RuleVersion]:
    """Versions of any rule made within the hour before the cause was first seen. One query."""
    span = (group.first_at - timedelta(hours=1), group.first_at)
    rows = RuleVersion.objects.filter(created_at__range=span).select_related("rule")
    return list(rows.defer("definition", "source").order_by("-created_at")[:MOST_CHANGES])


def recovered(group: FailureGroup) -> bool:
    """Whether nothing of it is left: every run was replayed with success or handled. One query."""
    return FailureGroup.objects.filter(RECOVERED, pk=group.pk).exists()
