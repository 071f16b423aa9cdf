"""What waits for a person: one cell of the first band each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal import times
from portal.listing import Count
from portal.masking import masked_text
from portal.overview.causes import Cause
from portal.overview.links import link_to
from portal.overview.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Waiting:
    """`count` and `what` are one link, `causes` another where there are any."""

    tone: str
    icon: str
    count: str
    what: str
    url: str
    text: str
    link: str
    link_url: str
    causes: str = ""


def waiting(
    counts: Mapping[str, Count], causes: Sequence[Cause], facts: Snapshot, now: datetime
) -> list[Waiting]:
    cells = [
        _failed(counts["failed"], counts["causes"], causes),
        _approvals(counts["approvals"], facts, now),
        _quarantined(counts["quarantined"], facts, now),
        _unmatched(counts["unmatched"], facts, now),
    ]
    return [cell for cell in cells if cell is not None]


def _failed(count: Count, groups: Count, causes: Sequence[Cause]) -> Waiting | None:
    if not count.number:
        return None
    text = "Each stopped for good and needs a person."
    if causes:
        first = causes[0]
        share = "All share" if first.runs == count.number else f"{first.runs:,} share"
        text = f"{share} one cause: {masked_text(first.group.message)}"
    return Waiting(
        "bad", "alert-triangle", str(count), _plural(count, "failed run"),
        link_to("run-list", needs="person"),
        text, "Review failures", link_to("failure-list"),
        causes=f"{groups} {_plural(groups, 'cause')}",
    )  # fmt: skip


def _approvals(count: Count, facts: Snapshot, now: datetime) -> Waiting | None:
    if not count.number:
        return None
    url = link_to("approval-list", state="open")
    asked = _oldest(facts.oldest_approval_at, now)
    text = f"Nothing is called before somebody agrees; {asked}."
    what = f"{_plural(count, 'approval')} waiting"
    return Waiting("hold", "list-check", str(count), what, url, text, "Open approvals", url)


def _quarantined(count: Count, facts: Snapshot, now: datetime) -> Waiting | None:
    if not count.number:
        return None
    url = link_to("event-list", state="quarantined")
    oldest = _oldest(facts.oldest_quarantined_at, now)
    text = f"Not understood and set aside; {oldest}."
    return Waiting(
        "warn", "inbox", str(count), _plural(count, "quarantined event"), url, text,
        "Review events", url,
    )  # fmt: skip


def _unmatched(count: Count, facts: Snapshot, now: datetime) -> Waiting | None:
    if not count.number:
        return None
    url = link_to("event-list", state="unmatched")
    oldest = _oldest(facts.oldest_unmatched_at, now)
    text = f"No rule could be asked; {oldest}."
    what = f"{_plural(count, 'event')} not matched"
    return Waiting("bad", "bolt", str(count), what, url, text, "Review events", url)


def _oldest(at: datetime | None, now: datetime) -> str:
    return f"the oldest {times.ago(at, now)}" if at else "some time ago"


def _plural(count: Count, noun: str) -> str:
    return noun if count.exact and count.number == 1 else f"{noun}s"
