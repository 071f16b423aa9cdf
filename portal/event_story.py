"""What an event caused and why, ready for its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from portal import diffing, jsonview, times, truth
from portal.masking import masked, masked_text
from provisioning.events.models import Event, EventProfile
from provisioning.rules.models import Rule, Verdict
from provisioning.runs.models import Run


@dataclass(frozen=True, slots=True)
class Heard:
    """One rule that was asked: its truth table, why not, and the runs it led to."""

    rule: Rule
    version: int
    matched: bool
    why: str
    rows: Sequence[truth.Row]
    matches: Sequence[tuple[str, str]]
    runs: Sequence[Run]


@dataclass(frozen=True, slots=True)
class Answer:
    """The box on top when an event did not end well, for components/_answer.html."""

    tone: str
    title: str
    text: Sequence[str]
    url: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """The person as read for this event. `changes` is None where nothing was known before."""

    row: EventProfile
    tree: jsonview.Node
    changes: Sequence[diffing.Change] | None
    groups: Sequence[str]


def heard(event: Event) -> list[Heard]:
    """Every rule that was asked, those that matched first. Two queries."""
    runs: dict[int, list[Run]] = {}
    for run in event.runs.select_related("rule", "version").order_by("id"):
        runs.setdefault(run.rule_id, []).append(run)
    verdicts = event.verdicts.select_related("rule", "version").order_by("-matched", "rule__name")
    return [_heard(verdict, runs.get(verdict.rule_id, [])) for verdict in verdicts]


def _heard(verdict: Verdict, runs: Sequence[Run]) -> Heard:
    trace: dict[str, Any] = verdict.trace or {}
    return Heard(
        rule=verdict.rule,
        version=verdict.version.number,
        matched=verdict.matched,
        why=masked_text(verdict.why),
        rows=truth.rows(trace.get("tree")),
        matches=sorted(masked(trace.get("matches") or {}).items()),
        runs=[run for run in runs if run.version_id == verdict.version_id],
    )


def profile_of(event: Event) -> Profile | None:
    try:
        row = event.profile_read
    except EventProfile.DoesNotExist:
        return None
    user, before = masked(row.user), masked(row.previous)
    return Profile(
        row=row,
        tree=jsonview.tree(user),
        changes=None if before is None else diffing.changes(before, user),
        groups=[_group_name(group) for group in masked(row.groups) or ()],
    )


def _group_name(group: object) -> str:
    known = group if isinstance(group, dict) else {}
    return str((known.get("profile") or {}).get("name") or known.get("id") or "unnamed")


def answer_of(event: Event, rules: Sequence[Heard]) -> Answer | None:
    """What happened and what to do, where something has to be said."""
    said = event.error
    tries = f"{event.attempts} {'try' if event.attempts == 1 else 'tries'}"
    if event.state == Event.State.QUARANTINED:
        kept = "It is kept as it came. No rule was asked; other events are not affected."
        return Answer("warn", "This event could not be understood", [said, kept])
    if unmatched(event):
        stopped = f"After {tries} it stopped. No rule was asked and nothing was done."
        return Answer("bad", "This event could not be held against the rules", [said, stopped])
    if event.state == Event.State.RECEIVED and event.error_code:
        again = f"{tries} so far; the next one is due at {times.stamp(event.due_at)}."
        return Answer("warn", "Holding it against the rules is tried again", [said, again])
    if event.state == Event.State.HELD:
        return _held([run for heard in rules for run in heard.runs])
    if event.state == Event.State.FAILED:
        return _failed([run for heard in rules for run in heard.runs])
    return None


def waiting_lanes(events: Sequence[Event]) -> set[str]:
    """The lanes of these in which an event waits for Okta, and so all after it. One query."""
    lanes = {event.lane for event in events if event.state == Event.State.RECEIVED}
    if not lanes:
        return set()
    return set(Event.objects.parked().filter(lane__in=lanes).values_list("lane", flat=True))


def waits_for_okta(event: Event) -> Answer | None:
    """Where it waits until Okta answers: itself, or an earlier event of the same person."""
    if event.state != Event.State.RECEIVED:
        return None
    first = event
    if not event.parked:
        lane = Event.objects.parked().filter(lane=event.lane, published_at__lte=event.published_at)
        found = lane.select_related("incident").order_by("published_at", "id").first()
        if found is None or (found.published_at, found.pk) >= (event.published_at, event.pk):
            return None
        first = found
    incident = first.incident
    if incident is None:
        return None
    out = f"Okta cannot be asked since {times.stamp(incident.opened_at)}, incident {incident.code}."
    waits = "A rule needs this person's profile. The event waits in order and goes on by itself."
    title = "Waits for Okta"
    if first is not event:
        title = "Waits for an earlier event of this person"
        waits = f"Event {first.code} came first and waits for Okta; this one follows it."
    said = [f"The last try said: {masked_text(event.error)}"] if event.error else []
    return Answer("warn", title, [out, waits, *said], reverse("incident-list"), "See outages")


def unmatched(event: Event) -> bool:
    """Whether it failed before any rule was asked, so that a person may put it back."""
    return event.state == Event.State.FAILED and not event.run_count


def _held(runs: Sequence[Run]) -> Answer:
    held = [run for run in runs if run.state == Run.State.HELD and not run.superseded]
    title, said = "It waits for an approval", "Nothing is called before somebody agrees."
    if not held:
        return Answer("hold", title, [said])
    url = reverse("run-detail", args=[held[0].code])
    return Answer("hold", title, [said], url, "Open the run")


def _failed(runs: Sequence[Run]) -> Answer:
    stopped = [
        run
        for run in runs
        if run.state in Run.STOPPED_STATES and not run.superseded and run.handling_id is None
    ]
    if not stopped:
        return Answer("bad", "A run of it stopped", ["Open its runs below."])
    title = "Its run stopped and needs a person"
    if len(stopped) > 1:
        title = f"{len(stopped)} of its runs stopped and need a person"
    url = reverse("run-detail", args=[stopped[0].code])
    return Answer("bad", title, [masked_text(stopped[0].error)], url, "Open the run")
