"""The failures inbox: what stopped, grouped by cause, and replaying whole causes."""

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from audit.models import Entry
from portal import failure_inbox, group_plans, jsonview, listing
from portal.actors import actor_of
from portal.forms.failures_filters import GroupRunFilters, filters_for, has_open_run
from portal.group_plans import BrokenPlan
from portal.keyset import Order
from portal.masking import masked, masked_text
from portal.models import User
from portal.roles import Permission, may, who_may
from portal.run_story import utc_now
from portal.step_story import title_of
from provisioning.runs import replays
from provisioning.runs.models import FailureGroup, Run

#: Reasons named one by one after a replay; the rest is counted.
MOST_REASONS = 5


def failure_list(request: HttpRequest) -> HttpResponse:
    standing = failure_inbox.standing()
    groups = FailureGroup.objects.filter(has_open_run()).select_related("rule")
    form = filters_for(standing.rules)
    page = listing.build(request, groups, form, order=Order("last_at"), noun="cause")
    now = utc_now()
    opened = failure_inbox.open_runs(page.rows, now)
    may_replay = may(request.user, Permission.REPLAY)
    context = {
        "standing": standing,
        "causes": [_cause(group, opened[group.pk]) for group in page.rows],
        "may_replay": may_replay,
        "who_replays": "" if may_replay else who_may(Permission.REPLAY),
    }
    return listing.respond(request, "failures/list.html", page, context)


def failure_detail(request: HttpRequest, code: str) -> HttpResponse:
    group = FailureGroup.objects.select_related("rule").filter(code=code).first()
    if group is None:
        raise Http404
    runs = Run.objects.failures().filter(group=group).select_related("version")
    page = listing.build(request, runs, GroupRunFilters, order=Order(), noun="run")
    opened = failure_inbox.open_runs([group], utc_now())[group.pk]
    sample = failure_inbox.sample_of(group)
    may_replay = may(request.user, Permission.REPLAY)
    reads_audit = may(request.user, Permission.READ_AUDIT)
    context = {
        "cause": _cause(group, opened),
        "people": failure_inbox.people_of(group),
        "sample": sample and jsonview.json_code(
            masked({"code": sample.error_code, "message": sample.error, "input": sample.input})
        ),
        "sample_run": sample and sample.run,
        "changes": failure_inbox.changes_before(group),
        "history": _history(group) if reads_audit else None,
        "may_replay": may_replay,
        "who_replays": "" if may_replay else who_may(Permission.REPLAY),
    }  # fmt: skip
    return listing.respond(request, "failures/detail.html", page, context)


def failure_replay(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _replay(request)
    plan = group_plans.plan_for(request.GET.getlist("g"), user=_user(request))
    return render(request, "failures/replay.html", {"plan": plan})


def _replay(request: HttpRequest) -> HttpResponse:
    """Replay exactly the runs that were shown; each that has moved on since says why not."""
    try:
        frozen = group_plans.read_frozen(request.POST.get("plan", ""), user=_user(request))
    except BrokenPlan as problem:
        messages.error(request, f"{problem} Choose the causes again.")
        return redirect("failure-list")
    replayed, refused = _replay_groups(request, frozen)
    if replayed:
        messages.success(request, f"{_runs(len(replayed))} replayed.")
    for run, reason in refused[:MOST_REASONS]:
        messages.warning(request, f"{run.person_login or run.code}: not replayed. {reason}")
    if len(refused) > MOST_REASONS:
        messages.warning(request, f"{_runs(len(refused) - MOST_REASONS)} more not replayed.")
    return redirect("failure-list")


def _replay_groups(
    request: HttpRequest, frozen: Mapping[str, Sequence[str]]
) -> tuple[list[Run], list[tuple[Run, str]]]:
    replayed: list[Run] = []
    refused: list[tuple[Run, str]] = []
    for group in FailureGroup.objects.filter(code__in=frozen).order_by("pk"):
        done = replays.replay_group(group, actor=actor_of(request), runs=frozen[group.code])
        replayed += done.runs
        refused += done.refused
    return replayed, refused


def _runs(count: int) -> str:
    return f"{count:,} run{'' if count == 1 else 's'}"


def _user(request: HttpRequest) -> str:
    return request.user.code if isinstance(request.user, User) else ""


def _cause(group: FailureGroup, opened: failure_inbox.Open) -> dict[str, object]:
    """A group as its row and its page draw it."""
    return {
        "group": group,
        "message": masked_text(group.message) or masked_text(group.error_code),
        "hint": masked_text(group.hint),
        "target": masked_text(group.target),
        "error_code": masked_text(group.error_code),
        "action": title_of(group.action),
        "open": opened,
        "tone": {"retry": "ok", "fix": "warn"}.get(group.advice, "hold"),
    }


def _history(group: FailureGroup) -> list[Entry]:
    """Who replayed it before, newest first. One query."""
    entries = Entry.objects.about("failure-group", group.code).with_personal()
    return list(entries.order_by("-id")[:20])
