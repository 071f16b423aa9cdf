"""A plan as its page shows it: what would happen by class, how far it is, what can be done."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.masking import masked_text
from portal.plans import words
from provisioning.approvals.models import Approval
from provisioning.plans import counting, releasing
from provisioning.plans.counting import Tallied, Tally
from provisioning.plans.kinds import KINDS
from provisioning.plans.models import Plan, PlanItem
from provisioning.plans.options import CHOICES, Options, read
from provisioning.plans.releasing import Needs

State = PlanItem.State
#: Names shown of those for whom something would happen; the rest is counted.
MOST_NAMES = 12
#: So many items are looked through for them first.
NEAR = 200
MOST_CALLS = 4
_ORDER = [str(value) for value in PlanItem.Class.values]


@dataclass(frozen=True, slots=True)
class ClassRow:
    """Items of one class for one cause. `choice` is empty where they can never be run."""

    klass: str
    label: str
    cause: str
    count: int
    choice: str
    chosen: bool
    query: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far: items made or classified, those of a draft that were examined, else those that came
    to an end."""

    of: int
    done: int
    outcomes: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class PlanPage:
    plan: Plan
    options: Options
    rows: Sequence[ClassRow]
    progress: Progress
    needs: Needs | None
    verb: str
    names: Sequence[str]
    more_names: int
    calls: Sequence[str]
    approval: Approval | None
    tag: str

    @property
    def unseen(self) -> list[str]:
        """Chosen classes of which there is no item now; changing the options may make some."""
        return [one for one in self.options.classes if one not in {r.choice for r in self.rows}]

    @property
    def live(self) -> bool:
        """Whether the page changes by itself."""
        plan = self.plan
        if plan.state == Plan.State.DRAFT:
            return plan.computed_at is None
        return plan.state in Plan.WORKED_STATES

    @property
    def computing(self) -> bool:
        return self.plan.state == Plan.State.DRAFT and self.plan.computed_at is None


def tag_of(plan: Plan, tally: Tallied) -> str:
    """Other where the page would show something else. Asks nothing. What the runs in progress have
    come to is not in it: the worker of the plan writes that to the items every few seconds."""
    said = (plan.state, plan.state_because, plan.checksum, plan.reason)
    facts = (*said, str(plan.computed_at), plan.classified_to)
    return hashlib.sha256(json.dumps([facts, tally]).encode()).hexdigest()[:16]


def of_plan(plan: Plan, tally: Tallied) -> PlanPage:
    """At most five queries; none of them reads more items than are shown, or are running."""
    options, tallies = read(plan.options), counting.tallied(tally)
    draft = plan.state == Plan.State.DRAFT
    chosen = sum(one.count for one in tallies if options.chosen(one.klass, one.sub_group))
    needs = releasing.foreseen(plan, options, chosen) if draft else None
    progress = _progress(plan, tally)
    count = needs.count if needs else _to_run(plan, progress)
    # Until all are classified anew some items still have the class that another choice gave them.
    mixed = plan.state == Plan.State.CLASSIFYING
    first = [] if mixed else _first(plan)
    return PlanPage(
        plan=plan,
        options=options,
        rows=[] if mixed else _rows(tallies, options),
        progress=progress,
        needs=needs,
        verb=_verb(plan, count),
        names=[masked_text(item.person_login or item.key) for item in first],
        more_names=max(count - len(first), 0),
        calls=_calls(first),
        approval=Approval.objects.about("plan", plan.code).order_by("pk").last(),
        tag=tag_of(plan, tally),
    )


def _verb(plan: Plan, count: int) -> str:
    """Such as `Replay 35 runs`."""
    kind = KINDS.get(plan.kind)
    verb, noun = (kind.verb, kind.noun) if kind else ("Run", "item")
    return f"{verb} {count:,} {noun}{'' if count == 1 else 's'}"


def _rows(tallies: Sequence[Tally], options: Options) -> list[ClassRow]:
    found = sorted(tallies, key=lambda one: _ORDER.index(one.klass))
    return [
        ClassRow(
            klass=one.klass,
            label=PlanItem.Class(one.klass).label,
            cause=words.cause(one.sub_group) if one.sub_group else "",
            count=one.count,
            choice=_choice(one.klass, one.sub_group),
            chosen=options.chosen(one.klass, one.sub_group),
            query=f"klass={one.klass}" + (f"&cause={one.sub_group}" if one.sub_group else ""),
        )
        for one in found
    ]


def _choice(klass: str, sub_group: str) -> str:
    """What a box of this row sends. Causes of one class that can only be run together have the
    same; a run whose steps are all done has nothing to run."""
    if sub_group == "nothing_left":
        return ""
    return next((one for one in (klass, f"{klass}:{sub_group}") if one in CHOICES), "")


def _progress(plan: Plan, tally: Tallied) -> Progress:
    if plan.state == Plan.State.SELECTING:
        return Progress(plan.item_count, sum(row["count"] for row in tally), ())
    if plan.state == Plan.State.CLASSIFYING:
        return Progress(plan.item_count, plan.classified_to or 0, ())
    if plan.state == Plan.State.DRAFT:
        left = 0 if plan.computed_at else sum(r["count"] for r in tally if _unexamined(r))
        return Progress(plan.item_count, plan.item_count - left, ())
    outcomes = counting.outcomes(plan)
    over = sum(n for state, n in outcomes.items() if state not in (State.WAITING, State.RUNNING))
    ordered = [(str(s), outcomes[s]) for s in State.values if s in outcomes]
    return Progress(plan.item_count, over, ordered)


def _unexamined(row: Mapping[str, Any]) -> bool:
    """As `PlanItem.objects.unexamined()` asks for."""
    return row["klass"] == PlanItem.Class.WOULD_ACT and not row["examined"]


def _to_run(plan: Plan, progress: Progress) -> int:
    skipped = dict(progress.outcomes).get(State.SKIPPED.value, 0)
    return plan.item_count - skipped


def _first(plan: Plan) -> list[PlanItem]:
    """Looked for among the first items, of which a plan mostly has enough: of one that is so new
    that the planner knows nothing of it, PostgreSQL would sort all that would act."""
    rows = plan.items.filter(klass=PlanItem.Class.WOULD_ACT).order_by("position")
    would = rows.only("person_login", "key", "effect", "plan_id")
    found = list(would.filter(position__lte=NEAR)[:MOST_NAMES])
    if len(found) == MOST_NAMES or plan.item_count <= NEAR:
        return found
    return list(would[:MOST_NAMES])


def _calls(items: Sequence[PlanItem]) -> list[str]:
    """What the first item that was rendered would call, in words."""
    rendered: list[dict[str, Any]] = next((item.effect for item in items if item.effect), [])
    return [masked_text(call["sentence"] or call["action"]) for call in rendered[:MOST_CALLS]]
