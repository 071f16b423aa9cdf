"""What people say of a cause: seen, put off, solved, open again, or taken care of by hand."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import F

from audit import trail
from audit.canonical import clean_text
from provisioning.clocks import database_now
from provisioning.rules.models import RuleVersion
from provisioning.runs.models import Run
from provisioning.runs.troubles import FailureGroup, Handling
from provisioning.runs.work import settle_events

MOST_NOTE = 1000
MOST_URL = 500
LONGEST_SNOOZE = timedelta(days=366)
MOST_HITS = 1_000_000
#: Runs that an entry names one by one.
MOST_NAMED = 1000

State = FailureGroup.State
#: state -> the states from which a person can bring a cause there
FROM: Mapping[str, tuple[str, ...]] = {
    State.ACKNOWLEDGED: (State.OPEN, State.REGRESSED, State.SNOOZED),
    State.SNOOZED: (State.OPEN, State.REGRESSED, State.ACKNOWLEDGED),
    State.RESOLVED: (State.OPEN, State.REGRESSED, State.ACKNOWLEDGED, State.SNOOZED),
    State.OPEN: (State.ACKNOWLEDGED, State.SNOOZED, State.RESOLVED),
}


class CannotChange(Exception):  # noqa: N818
    """What was asked for cannot be done now; the message says why, in a sentence."""


@transaction.atomic
def acknowledge(group: FailureGroup, *, actor: trail.Actor, note: str = "") -> None:
    """Somebody has seen it and looks after it. Raises CannotChange."""
    _move(group, State.ACKNOWLEDGED, actor=actor, note=note)
    _record("failures.acknowledged", group, actor, note=note)


@transaction.atomic
def snooze(
    group: FailureGroup,
    *,
    actor: trail.Actor,
    until: datetime | None = None,
    hits: int | None = None,
    note: str = "",
) -> None:
    """Out of the way until a time, or until it happens so many more times. Raises CannotChange."""
    now = database_now()
    if (until is None) == (hits is None):
        raise CannotChange("Say either until when, or how many more times it may happen.")
    if until is not None and not now < until <= now + LONGEST_SNOOZE:
        raise CannotChange("The time has to lie ahead, within a year.")
    if hits is not None and not 1 <= hits <= MOST_HITS:
        raise CannotChange(f"The number of times is 1 to {MOST_HITS:,}.")
    ends = {
        "snoozed_until": until,
        "snoozed_hits": None if hits is None else F("hits") + hits,
    }
    _move(group, State.SNOOZED, actor=actor, note=note, **ends)
    _record(
        "failures.snoozed", group, actor, note=note, more_hits=hits,
        until=until and until.isoformat(),
    )  # fmt: skip


@transaction.atomic
def resolve(
    group: FailureGroup, *, actor: trail.Actor, version: int | None = None, note: str = ""
) -> None:
    """It is solved, in this version of its rule if one is named. The next run that stops for it
    brings it back. Raises CannotChange."""
    if (
        version is not None
        and not RuleVersion.objects.filter(rule=group.rule_id, number=version).exists()
    ):
        raise CannotChange(f"The rule has no version {version}.")
    _move(group, State.RESOLVED, actor=actor, note=note, resolved_in=version)
    _record("failures.resolved", group, actor, note=note, version=version)


@transaction.atomic
def reopen(group: FailureGroup, *, actor: trail.Actor, note: str = "") -> None:
    """It needs somebody after all. Raises CannotChange."""
    _move(group, State.OPEN, actor=actor, note=note, reopened_at=database_now())
    _record("failures.reopened", group, actor, note=note, because="a person said so")


@transaction.atomic
def handle_run(run: Run, *, actor: trail.Actor, reason: str, url: str = "") -> Handling:
    """One stopped run was taken care of by hand. Raises CannotChange."""
    handling = _handling(actor, reason, url)
    changed = Run.objects.failures().filter(pk=run.pk).update(handling=handling)
    if not changed:
        raise CannotChange("This run does not need a person any more.")
    settle_events([run.event_id])
    trail.record(
        "run.handled",
        actor=actor,
        obj=trail.Object("run", run.code, run.rule.name),
        data={"reason": handling.reason, "url": handling.url},
    )
    return handling


@transaction.atomic
def handle_group(
    group: FailureGroup, *, actor: trail.Actor, reason: str, url: str = "", seen_at: datetime
) -> int:
    """Every run that had stopped for this cause by then was taken care of by hand; how many. One
    that has stopped since was not part of what the person looked at. Raises CannotChange."""
    handling = _handling(actor, reason, url)
    stopped = Run.objects.failures().filter(group=group, finished_at__lte=seen_at)
    rows = list(
        stopped.order_by("pk").select_for_update(of=("self",)).values_list("pk", "event_id", "code")
    )
    Run.objects.filter(pk__in=[pk for pk, _, _ in rows]).update(handling=handling)
    if not rows:
        raise CannotChange("No run of this cause needs a person any more.")
    settle_events(event for _, event, _ in rows)
    _record(
        "failures.handled", group, actor, note=handling.reason, url=handling.url,
        handled=len(rows), runs=[code for _, _, code in rows][:MOST_NAMED],
    )  # fmt: skip
    return len(rows)


@transaction.atomic
def wake_snoozed(now: datetime, *, actor: trail.Actor) -> int:
    """Causes whose time is over come back; how many."""
    rows = FailureGroup.objects.slept_out(now).order_by("pk").select_for_update(skip_locked=True)
    groups = list(rows[:MOST_NAMED])
    FailureGroup.objects.filter(pk__in=[group.pk for group in groups]).update(
        state=State.OPEN, snoozed_until=None, snoozed_hits=None, reopened_at=now
    )
    for group in groups:
        _record("failures.reopened", group, actor, because="its time was over")
    return len(groups)


def _move(group: FailureGroup, to: str, *, actor: trail.Actor, note: str, **values: Any) -> None:
    fresh = {"snoozed_until": None, "snoozed_hits": None, "resolved_in": None} | values
    changed = FailureGroup.objects.filter(pk=group.pk, state__in=FROM[to]).update(
        state=to,
        state_by=actor.name,
        state_note=_note(note),
        state_at=database_now(),
        **fresh,
    )
    if not changed:
        now = FailureGroup.objects.values_list("state", flat=True).get(pk=group.pk)
        raise CannotChange(f"This cause is {State(now).label.lower()} already.")


def _note(text: str) -> str:
    note = clean_text(text).strip()
    if len(note) > MOST_NOTE:
        raise CannotChange(f"The text has {len(note)} characters; {MOST_NOTE} are allowed.")
    return note


def _handling(actor: trail.Actor, reason: str, url: str) -> Handling:
    said = _note(reason)
    if not said:
        raise CannotChange("Say in a few words what was done by hand.")
    return Handling.objects.create(
        handled_by=actor.name,
        handled_at=database_now(),
        reason=said,
        url=checked_url(url),
    )


def checked_url(text: str) -> str:
    """The address of a ticket, or nothing. Raises CannotChange."""
    url = text.strip()
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        fits = False
    if not fits or len(url) > MOST_URL or not url.isprintable() or " " in url or "\\" in url:
        raise CannotChange("The link has to begin with https:// or http:// and name a host.")
    return parts._replace(scheme=parts.scheme.lower()).geturl()


def _record(verb: str, group: FailureGroup, actor: trail.Actor, **data: Any) -> None:
    trail.record(
        verb,
        actor=actor,
        obj=trail.Object("failure-group", group.code, group.error_code),
        data={name: value for name, value in data.items() if value not in (None, "")},
    )
