"""Runs: the list, one run with its steps, replaying it, and confirming a step in doubt."""

from functools import cache
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render

from portal import listing, replay_plans, run_story
from portal.actors import actor_of
from portal.brake import telling
from portal.forms.approvals_filters import CancelForm
from portal.forms.runs_filters import RunFilters
from portal.forms.runs_replay import ReplayForm
from portal.keyset import Order
from portal.models import User
from portal.plans import making
from portal.roles import Permission, may, who_may
from portal.run_answer import answer_for, others_of
from portal.run_approval import approval_answer, approval_of
from portal.run_brake import brake_answer, stopped
from provisioning.plans.selecting import CannotPlan
from provisioning.runs import holding, replays
from provisioning.runs.models import Run

_LIST_COLUMNS = (
    "code", "state", "mode", "person_id", "person_login", "step_count", "steps_done", "attempts",
    "superseded", "created_at", "started_at", "finished_at", "rule__name", "version__number",
    "version__title",
)  # fmt: skip


def run_list(request: HttpRequest) -> HttpResponse:
    rows = Run.objects.select_related("rule", "version").only(*_LIST_COLUMNS)
    page = listing.build(request, rows, RunFilters, order=Order("created_at"), noun="run")
    context = {
        "may_replay": may(request.user, Permission.REPLAY),
        "times_fixed": _query(page),
        # Asked only by a page that knows already that a brake is on.
        "stopped": cache(lambda: stopped(page.rows)),
    }
    return listing.respond(request, "runs/list.html", page, context)


def _query(page: listing.Page[Run]) -> str:
    """The filter of the list as it is, its times fixed: what is replayed is what was counted."""
    return urlsplit(page.share_url).query


def runs_replay(request: HttpRequest) -> HttpResponse:
    """A plan of the chosen runs, or of all that the filter in the address finds."""
    try:
        if request.POST.get("which") != "all":
            chosen = making.codes_of(request.POST.getlist("run"))
            plan = making.of_runs(chosen, actor=actor_of(request))
        else:
            form = RunFilters(request.GET)
            if not form.is_valid():
                raise CannotPlan("The filter cannot be read. Go back to the list of runs.")
            plan = making.of_filter(form, actor=actor_of(request))
    except CannotPlan as problem:
        messages.error(request, f"No plan was made. {problem}")
        return redirect("run-list")
    return redirect("plan-detail", code=plan.code)


def run_detail(request: HttpRequest, code: str) -> HttpResponse:
    """The whole page, or for a poll its inside; a poll that would show the same answers 304."""
    viewer = _viewer(request)
    polled = request.headers.get("HX-Request") == "true"
    known = {request.headers.get("HX-PTag"), request.headers.get("If-None-Match", "").strip('"')}
    if polled and run_story.tag_of(code, viewer=viewer) in known - {None, ""}:
        return HttpResponseNotModified()
    run = _get(code)
    on = telling.on()
    story = run_story.tell(run, now=run_story.utc_now(), viewer=viewer, on=on)
    may_replay = may(request.user, Permission.REPLAY)
    may_read_audit = may(request.user, Permission.READ_AUDIT)
    taken_by = run.replays.first() if run.superseded else None
    approval = approval_of(run)
    context = {
        "run": run,
        "story": story,
        "answer": approval_answer(run, approval)
        or brake_answer(run, story.current, on)
        or answer_for(story, others=others_of(run), taken_by=taken_by, may_replay=may_replay),
        "approval": approval,
        "may_cancel": may_replay and run.state == Run.State.HELD,
        "trail": run_story.trail_of(run) if may_read_audit else None,
        "may_replay": may_replay and not replays.why_not(run),
        "may_handle": may_replay and run.state in Run.STOPPED_STATES and not run.handling_id,
        "who_replays": "" if may_replay else who_may(Permission.REPLAY),
        "who_reads_audit": who_may(Permission.READ_AUDIT),
    }
    response = render(request, "runs/_run.html" if polled else "runs/detail.html", context)
    response["ETag"], response["HX-PTag"] = f'"{story.tag}"', story.tag
    response["Vary"] = "HX-Request, Cookie"
    return response


def run_replay(request: HttpRequest, code: str) -> HttpResponse:
    run = _get(code)
    if request.method != "POST":
        form = ReplayForm({"from_start": request.GET.get("from") == "start"})
        form.is_valid()
        plan = replay_plans.of_run(run, from_start=form.cleaned_data["from_start"])
        return render(request, "runs/replay.html", {"run": run, "plan": plan, "form": form})
    form = ReplayForm(request.POST)
    from_start = form.is_valid() and form.cleaned_data["from_start"]
    try:
        fresh = replays.replay(run, actor=actor_of(request), from_start=from_start)
    except replays.CannotReplay as problem:
        return _refused(request, run, problem)
    messages.success(request, f"Run {run.code} was replayed. This is the run in its place.")
    return redirect("run-detail", code=fresh.code)


def run_confirm(request: HttpRequest, code: str) -> HttpResponse:
    run = _get(code)
    if request.method != "POST":
        plan = replay_plans.of_confirmation(run)
        return render(request, "runs/confirm.html", {"run": run, "plan": plan})
    try:
        fresh = replays.confirm(run, actor=actor_of(request))
    except replays.CannotReplay as problem:
        return _refused(request, run, problem)
    messages.success(request, f"Noted. This run goes on where {run.code} stopped.")
    return redirect("run-detail", code=fresh.code)


def run_cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Give up a held run."""
    run = _get(code)
    if run.state != Run.State.HELD:
        messages.error(request, "Nothing was done: only a held run can be cancelled.")
        return redirect("run-detail", code=run.code)
    form = CancelForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "runs/cancel.html", {"run": run, "form": form}, status=status)
    if holding.cancel(run, reason=form.cleaned_data["reason"], actor=actor_of(request)):
        messages.success(request, "Cancelled. Nothing was called.")
    else:
        messages.error(request, "Nothing was done: it was decided meanwhile.")
    return redirect("run-detail", code=run.code)


def _get(code: str) -> Run:
    run = run_story.find(code)
    if run is None:
        raise Http404
    return run


def _viewer(request: HttpRequest) -> str:
    """Whose page it is: what a person sees depends on their roles too."""
    if not isinstance(request.user, User):
        return ""
    seen = [may(request.user, one) for one in (Permission.REPLAY, Permission.READ_AUDIT)]
    return f"{request.user.pk} {seen}"


def _refused(request: HttpRequest, run: Run, problem: replays.CannotReplay) -> HttpResponse:
    messages.error(request, f"Nothing was done. {problem}")
    return redirect("run-detail", code=run.code)
