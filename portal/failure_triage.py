"""What can be said of a cause: each act with its words, its form and its use case."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from audit.codes import PATTERN
from audit.models import Entry
from audit.trail import Actor
from portal.forms import Form
from portal.forms.failures_triage import SPANS, HandleForm, NoteForm, ResolveForm, SnoozeForm
from portal.masking import masked_text
from provisioning.runs import triage
from provisioning.runs.troubles import FailureGroup

State = FailureGroup.State
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """`to` is the state it leads to; by hand leads to none."""

    slug: str
    verb: str
    icon: str
    to: str
    effects: Sequence[str]
    not_effects: Sequence[str]
    form: type[Form]
    do: Callable[[FailureGroup, Actor, Values, datetime], object]

    def open_to(self, group: FailureGroup, open_runs: int) -> bool:
        return group.state in triage.FROM[self.to] if self.to else open_runs > 0


def _acknowledge(group: FailureGroup, actor: Actor, values: Values, now: datetime) -> None:
    triage.acknowledge(group, actor=actor, note=values["note"])


def _snooze(group: FailureGroup, actor: Actor, values: Values, now: datetime) -> None:
    until = now + SPANS[values["span"]][1] if values["span"] else None
    triage.snooze(group, actor=actor, until=until, hits=values["hits"], note=values["note"])


def _resolve(group: FailureGroup, actor: Actor, values: Values, now: datetime) -> None:
    triage.resolve(group, actor=actor, version=values["version"], note=values["note"])


def _reopen(group: FailureGroup, actor: Actor, values: Values, now: datetime) -> None:
    triage.reopen(group, actor=actor, note=values["note"])


def _handle(group: FailureGroup, actor: Actor, values: Values, now: datetime) -> None:
    triage.handle_group(
        group, actor=actor, reason=values["note"], url=values["url"], seen_at=values["seen"] or now
    )


_STAY = "Its runs stay as they are. Nothing is called."
ACTS: Mapping[str, Act] = {
    act.slug: act
    for act in (
        Act(
            "acknowledge", "Acknowledge", "eye", State.ACKNOWLEDGED,
            ("Everybody sees that you look after it. It leaves the inbox and what waits.",
             "Runs that stop for it join it quietly; nobody is told again."),
            (_STAY,), NoteForm, _acknowledge,
        ),
        Act(
            "snooze", "Snooze", "clock-pause", State.SNOOZED,
            ("It leaves the inbox until then, and comes back by itself.",),
            (_STAY,), SnoozeForm, _snooze,
        ),
        Act(
            "resolve", "Resolve", "check", State.RESOLVED,
            ("It leaves the inbox. The next run that stops for it brings it back as “Came back”, "
             "and people are told again.",),
            (_STAY, "Runs that are stopped still have to be replayed or handled by hand."),
            ResolveForm, _resolve,
        ),
        Act(
            "reopen", "Reopen", "rotate", State.OPEN,
            ("It is in the inbox again and waits for a person.",),
            (_STAY,), NoteForm, _reopen,
        ),
        Act(
            "handle", "Handled by hand", "tool", "",
            ("Every run that is stopped for it now counts as taken care of; each stays failed.",
             "Their events are settled, and nothing waits for a person."),
            ("Nothing is called.", "Runs that stop for it later are not part of this."),
            HandleForm, _handle,
        ),
    )
}  # fmt: skip


def links_of(group: FailureGroup, open_runs: int) -> list[Act]:
    """What can be said of it now."""
    return [act for act in ACTS.values() if act.open_to(group, open_runs)]


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a cause's history."""

    entry: Entry
    icon: str
    said: str
    note: str
    url: str
    plan_url: str = ""


def history(group: FailureGroup) -> list[Told]:
    """What became of it, newest first. One query."""
    entries = Entry.objects.about("failure-group", group.code).with_personal()
    return [_told(entry) for entry in entries.order_by("-id")[:30]]


def _told(entry: Entry) -> Told:
    data = entry.data
    icon, said = {
        "failures.replayed": (
            "rotate", f"{data.get('replayed')} replayed, {data.get('refused')} refused"
        ),
        "failures.planned": ("list-check", f"{data.get('items')} planned for replay"),
        "failures.acknowledged": ("eye", "Acknowledged"),
        "failures.snoozed": ("clock-pause", _snoozed(data)),
        "failures.resolved": ("check", _resolved(data)),
        "failures.reopened": ("alert-triangle", _reopened(data)),
        "failures.handled": ("tool", f"{data.get('handled')} handled by hand"),
    }.get(entry.verb, ("info-circle", entry.verb))  # fmt: skip
    plan = str(data.get("plan", ""))
    return Told(
        entry, icon, said, masked_text(str(data.get("note", ""))), str(data.get("url", "")),
        reverse("plan-detail", args=[plan]) if re.fullmatch(PATTERN, plan) else "",
    )  # fmt: skip


def _snoozed(data: Values) -> str:
    if data.get("more_hits"):
        return f"Snoozed until it has happened {data['more_hits']} more times"
    return f"Snoozed until {str(data.get('until', ''))[:16].replace('T', ' ')} UTC"


def _resolved(data: Values) -> str:
    return f"Resolved in version {data['version']}" if data.get("version") else "Resolved"


def _reopened(data: Values) -> str:
    if data.get("state") == State.REGRESSED:
        return f"Came back in version {data.get('version')}"
    return f"Open again: {data.get('because', '')}"
