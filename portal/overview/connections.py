"""Whether Okta can reach us and work can be done, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from portal import times
from portal.listing import Count
from portal.masking import masked_text
from portal.overview.links import link_to
from portal.overview.snapshot import Snapshot
from portal.refusals import in_words
from provisioning.processes import SILENT_AFTER

#: Work that is due for longer than this is a sign that nobody takes it.
LATE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Line:
    """`tone` ok is shown as plain text, anything else as a badge with `word`."""

    tone: str
    name: str
    place: str
    text: str
    word: str
    at: datetime | None = None
    link: str = ""
    url: str = ""


def connections(
    facts: Snapshot,
    counts: Mapping[str, Count],
    *,
    depth: int | None,
    refused_since: datetime,
    now: datetime,
) -> Sequence[Line]:
    return [
        _hook(facts, counts["refused_kept"], refused_since),
        _okta(facts, counts["delayed"], counts["parked"]),
        _processes(facts),
        _queue(facts, depth, now),
        Line("ok", "Database", "", f"PostgreSQL {_database_version()} answers", "Healthy"),
    ]


def _hook(facts: Snapshot, kept: Count, refused_since: datetime) -> Line:
    refused, place = sum(facts.refused.values()), "event hook"
    url = link_to("delivery-list", outcome="refused", start=refused_since)
    text = f"Refused in 24 h: {in_words(facts.refused)}" if refused else "No call refused in 24 h"
    link = f"{kept} refused" if kept.number >= refused else f"{kept} of {refused:,} kept"
    link, url = (link, url) if refused else ("", "")
    at = facts.last_delivery_at
    if at is None:
        word = "Verified" if facts.verified_at else "Not heard yet"
        tone = "run" if facts.verified_at else "warn"
        return Line(tone, "Okta", place, text, word, facts.verified_at, link, url)
    if facts.refused.get("bad_secret") or facts.refused.get("no_secret_set"):
        return Line("warn", "Okta", place, text, "Look here", at, link, url)
    return Line("ok", "Okta", place, text, "Healthy", at, link, url)


def _okta(facts: Snapshot, delayed: Count, parked: Count) -> Line:
    host = settings.OKTA_ORG_URL.partition("://")[2].strip("/")
    if parked.number:
        text = "An outage: events that need a profile wait in order"
        url = link_to("event-list", state="parked")
        return Line(
            "bad", "Okta API", host, text, "Out", facts.last_profile_at, _waiting(parked), url
        )
    if delayed.number:
        text = masked_text(facts.delay_reason or "Matching is tried again.")
        url = link_to("event-list", state="delayed")
        waits = _waiting(delayed)
        return Line("warn", "Okta API", host, text, "Retrying", facts.last_profile_at, waits, url)
    if not okta_is_set():
        return Line("off", "Okta API", host, "Profiles cannot be read", "Not set up")
    text = "Profiles are read when a rule needs them"
    word = "Healthy" if facts.last_profile_at else "Not used yet"
    tone = "ok" if facts.last_profile_at else "off"
    return Line(tone, "Okta API", host, text, word, facts.last_profile_at)


def _waiting(events: Count) -> str:
    return f"{events} event{'' if events.number == 1 else 's'} waiting"


def okta_is_set() -> bool:
    """Whether there is an address and something to sign in with."""
    token = settings.OKTA_API_TOKEN or (settings.OKTA_CLIENT_ID and settings.OKTA_PRIVATE_KEY)
    return bool(settings.OKTA_ORG_URL and token)


def _processes(facts: Snapshot) -> Line:
    workers, clocks = facts.alive.get("worker", 0), facts.alive.get("clock", 0)
    name, at = "Workers and clock", facts.worker_seen_at
    if not workers:
        text = "No worker is running: what is due waits. Start manage.py work"
        return Line("bad", name, "", text, "No worker", at)
    seen = f"{workers} worker{'' if workers == 1 else 's'} seen in the last {_silence()}"
    if not clocks:
        return Line("bad", name, "", f"{seen}; no clock. Start manage.py clock", "No clock", at)
    more = f", {clocks} clocks, one of which leads" if clocks > 1 else ", and the clock"
    return Line("ok", name, "", f"{seen}{more}", "Healthy", at)


def _silence() -> str:
    return f"{SILENT_AFTER.total_seconds():g} s"


def _queue(facts: Snapshot, depth: int | None, now: datetime) -> Line:
    due = facts.oldest_due_at
    if due is not None and now - due > LATE:
        text = f"The oldest work is due since {times.duration(now - due)}"
        return Line("warn", "Queue", "", text, "Behind")
    if depth is None:
        text = "Redis cannot be reached; the clock wakes the workers instead"
        return Line("warn", "Queue", "", text, "Degraded")
    text = f"{depth} job{'' if depth == 1 else 's'} waiting" if depth else "Empty"
    return Line("ok", "Queue", "", text, "Healthy")


def _database_version() -> str:
    """`16.4`, as the open connection knows it; no query."""
    number = int(connection.pg_version)  # type: ignore[attr-defined]  # PostgreSQL's own wrapper
    return f"{number // 10000}.{number % 10000}"
