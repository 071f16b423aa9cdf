"""The failures inbox: what stopped, grouped by cause, and replaying whole causes."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal import failure_inbox, failure_triage, jsonview, listing
from portal.actors import actor_of
from portal.forms.failures_filters import GroupRunFilters, filters_for, has_open_run
from portal.keyset import Order
from portal.masking import masked, masked_text
from portal.plans import making
from portal.roles import Permission, may, who_may
from portal.run_story import utc_now
from portal.step_story import title_of
from provisioning.plans.selecting import CannotPlan
from provisioning.runs.models import FailureGroup, Run
from provisioning.runs.troubles import Incident


def failure_list(request: HttpRequest) -> HttpResponse:
    standing = failure_inbox.standing()
    groups = FailureGroup.objects.select_related("rule")
    if not request.GET.get("state"):
        groups = groups.waiting().filter(has_open_run())
    form = filters_for(standing.rules)
    page = listing.build(request, groups, form, order=Order("last_at"), noun="cause")
    now = utc_now()
    opened = failure_inbox.open_runs(page.rows, now)
    may_replay = may(request.user, Permission.REPLAY)
    context = {
        "standing": standing,
        "outages": Incident.objects.active().order_by("opened_at"),
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
        "acts": failure_triage.links_of(group, opened.runs) if may_replay else [],
        "recovered": not opened.runs and failure_inbox.recovered(group),
        "history": failure_triage.history(group) if reads_audit else None,
        "may_replay": may_replay,
        "who_replays": "" if may_replay else who_may(Permission.REPLAY),
    }  # fmt: skip
    return listing.respond(request, "failures/detail.html", page, context)


def failure_replay(request: HttpRequest) -> HttpResponse:
    """A plan of everything that is stopped for these causes; one run alone needs none."""
    codes = making.codes_of(request.POST.getlist("g"))
    stopped = Run.objects.failures().filter(group__code__in=codes)
    alone = list(stopped.values_list("code", flat=True)[:2])
    if len(alone) == 1:
        return redirect("run-replay", code=alone[0])
    try:
        plan = making.of_causes(codes, actor=actor_of(request))
    except CannotPlan as problem:
        messages.error(request, f"No plan was made. {problem}")
        return redirect("failure-list")
    return redirect("plan-detail", code=plan.code)


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
        "note": masked_text(group.state_note),
        "more_hits": max((group.snoozed_hits or 0) - group.hits, 0),
        "tone": {"retry": "ok", "fix": "warn"}.get(group.advice, "hold"),
    }
