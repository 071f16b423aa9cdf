"""The overview: what needs a person, how it goes, and whether everything is connected."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render

from portal import roles
from portal.context import Shell, badge_count, shell_of
from portal.listing import count_of
from portal.overview.causes import top_causes
from portal.overview.changes import latest_changes
from portal.overview.checklist import checklist
from portal.overview.connections import connections
from portal.overview.counting import count_all
from portal.overview.links import link_to
from portal.overview.numbers import COMPARED, numbers, questions
from portal.overview.runs_chart import chart_of, outcomes
from portal.overview.snapshot import take
from portal.overview.spans import DEFAULT, RANGES, Span
from portal.overview.version import version_of
from portal.overview.waiting import waiting
from portal.refusals import refusals_since
from portal.roles import Permission
from provisioning import wakeups
from provisioning.events.models import Event
from provisioning.processes import SILENT_AFTER


def overview(request: HttpRequest) -> HttpResponse:
    """The whole page, or its inside for a poll; 304 where a poll would show the same again."""
    now = datetime.now(UTC)
    span = Span(RANGES.get(request.GET.get("range", ""), DEFAULT), now)
    version = version_of(span, roles.roles_of(request.user), silent_before=now - SILENT_AFTER)
    polled = request.headers.get("HX-Request") == "true"
    if polled and request.headers.get("HX-PTag") == version:
        return HttpResponseNotModified()
    context = {"version": version, "notices": _notices(request), **_shown(request, span)}
    template = "overview/_inside.html" if polled else "overview/overview.html"
    response = render(request, template, context)
    response["HX-PTag"] = version
    response["Vary"] = "HX-Request, Cookie"
    return response


def _shown(request: HttpRequest, span: Span) -> Mapping[str, Any]:
    since = refusals_since(span.now)
    facts = take(span.now, refused_since=since)
    ranges = [(one, one is span.range) for one in RANGES.values()]
    common = {"span": span, "now": span.now, "ranges": ranges, "facts": facts}
    if facts.last_event_at is None:
        return {**common, "checklist": checklist(facts)}
    counts = count_all(questions(span, since), rough=COMPARED)
    found, causes = outcomes(span), top_causes()
    may_read_audit = roles.may(request.user, Permission.READ_AUDIT)
    cells = waiting(counts, causes, facts, span.now)
    return {
        **common,
        **({} if cells else _today(span)),
        "shell": _shell(request, counts["failed"].number, counts["approvals"].number),
        "waiting": cells,
        "numbers": numbers(span, counts, found, facts),
        "chart": chart_of(span, found),
        "connections": connections(
            facts, counts, depth=wakeups.depth(), refused_since=since, now=span.now
        ),
        "causes": causes,
        "may_replay": roles.may(request.user, Permission.REPLAY),
        "who_replays": roles.who_may(Permission.REPLAY),
        "changes": latest_changes() if may_read_audit else None,
    }


def _today(span: Span) -> dict[str, Any]:
    """For the line that says that nothing waits."""
    received = Event.objects.filter(received_at__gte=span.now - timedelta(days=1))
    return {"today": count_of(received), "today_url": link_to("event-list", since="24h")}


def _shell(request: HttpRequest, failed: int, approvals: int) -> Shell:
    """The sidebar with the numbers that are known already: they need not be counted twice."""
    return replace(
        shell_of(request, request.user),
        failure_count=lambda: badge_count(failed),
        approval_count=lambda: badge_count(approvals),
    )


def _notices(request: HttpRequest) -> list[str]:
    """A sentence for everything in the address that was not understood."""
    asked = request.GET.get("range", DEFAULT.slug)
    known = ", ".join(RANGES)
    notices = []
    if asked not in RANGES:
        notices.append(f"There is no range called “{asked[:40]}”; use {known}. 24 h are shown.")
    strange = [name for name in request.GET if name != "range"]
    return notices + [f"This page has nothing called “{n[:40]}”; it was ignored." for n in strange]
