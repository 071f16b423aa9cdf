"""Replaying whole groups: the plan that is shown, and the same plan coming back frozen.

What is shown goes into the page as one signed text. What comes back names exactly the runs that
were shown, or is refused.
"""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.db.models import Count, Q

from audit.codes import PATTERN
from portal.masking import masked_text
from portal.step_story import title_of
from provisioning.runs.models import FailureGroup, Run, Step

MOST_GROUPS = 50
MOST_RUNS = 500
#: Names shown for each group; the rest is counted.
MOST_NAMES = 12
_SALT = "replay of failure groups"
_SECONDS = 24 * 3600


class BrokenPlan(ValueError):  # noqa: N818 - reads as what it is
    """What came back is not a plan that was shown; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class StepCount:
    """In how many of the runs one step is kept, and in how many it is called again."""

    position: int
    title: str
    kept: int
    called: int
    doubtful: int


@dataclass(slots=True)
class GroupPlan:
    group: FailureGroup
    cause: str
    runs: list[Run] = field(default_factory=list)
    #: open runs that do not fit into one plan
    left_out: int = 0
    steps: list[StepCount] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [run.person_login or run.code for run in self.runs[:MOST_NAMES]]

    @property
    def more_names(self) -> int:
        return max(len(self.runs) - MOST_NAMES, 0)


@dataclass(frozen=True, slots=True)
class Plan:
    groups: Sequence[GroupPlan]
    refused: Sequence[str]
    frozen: str

    @property
    def count(self) -> int:
        return sum(len(one.runs) for one in self.groups)


def plan_for(codes: Sequence[str], *, user: str) -> Plan:
    """What replaying these groups would do now; three queries, changes nothing."""
    wanted = list(dict.fromkeys(codes))
    asked = [code for code in wanted[:MOST_GROUPS] if re.fullmatch(PATTERN, code)]
    known = FailureGroup.objects.filter(code__in=asked).select_related("rule")
    refused = _not_found(wanted, {group.code for group in known})
    groups = {g.pk: GroupPlan(g, masked_text(g.message)) for g in known}
    _fill(groups)
    _count_steps(groups)
    for one in groups.values():
        refused += _reasons(one)
    acting = [one for one in groups.values() if one.runs]
    frozen = {one.group.code: [run.code for run in one.runs] for one in acting}
    signed = signing.dumps({"user": user, "groups": frozen}, salt=_SALT, compress=True)
    return Plan(acting, refused, signed)


def _not_found(wanted: Sequence[str], known: AbstractSet[str]) -> list[str]:
    missing = [code for code in wanted[:MOST_GROUPS] if code not in known]
    reasons = [f"There is no cause called {masked_text(code[:20])}." for code in missing]
    left = len(wanted) - MOST_GROUPS
    if left > 0:
        reasons.append(f"One plan holds {MOST_GROUPS} causes; {left} are left out.")
    return reasons


def read_frozen(text: str, *, user: str) -> Mapping[str, Sequence[str]]:
    """Group code -> run codes of a plan that this person was shown. Raises BrokenPlan."""
    try:
        data: Any = signing.loads(text, salt=_SALT, max_age=_SECONDS)
    except signing.SignatureExpired as error:
        raise BrokenPlan("This plan is older than a day. Nothing was replayed.") from error
    except (signing.BadSignature, ValueError) as error:
        raise BrokenPlan("This plan is not one that was shown. Nothing was replayed.") from error
    if data["user"] != user:
        raise BrokenPlan("This plan was shown to somebody else. Nothing was replayed.")
    groups: Mapping[str, Sequence[str]] = data["groups"]
    return groups


def _fill(groups: Mapping[int, GroupPlan]) -> None:
    """Give each group its runs, oldest first, up to MOST_RUNS over all of them."""
    stopped = Run.objects.failures().filter(group__in=groups).order_by("published_at", "id")
    columns = ("code", "group_id", "person_login", "state")
    for number, run in enumerate(stopped.only(*columns)[: 10 * MOST_RUNS]):
        plan = groups[run.group_id or 0]
        if number < MOST_RUNS:
            plan.runs.append(run)
        else:
            plan.left_out += 1


def _count_steps(groups: Mapping[int, GroupPlan]) -> None:
    runs = [run.pk for plan in groups.values() for run in plan.runs]
    done = Q(state__in=Step.DONE_STATES)
    rows = (
        Step.objects.filter(run__in=runs)
        .values("run__group_id", "position", "action")
        .annotate(
            kept=Count("pk", filter=done),
            called=Count("pk", filter=~done),
            doubtful=Count("pk", filter=Q(state=Step.State.UNKNOWN)),
        )
        .order_by("position", "action")
    )
    for row in rows:
        counts = StepCount(
            row["position"], title_of(row["action"]), row["kept"], row["called"], row["doubtful"]
        )
        groups[row["run__group_id"]].steps.append(counts)


def _reasons(plan: GroupPlan) -> list[str]:
    if not plan.runs and not plan.left_out:
        return [f"{plan.cause} Nothing is open here any more: its runs were replayed already."]
    if plan.left_out:
        return [f"{plan.cause} {plan.left_out} more stay: one plan holds {MOST_RUNS} runs."]
    return []
