"""Saying what becomes of a cause, and that a run was taken care of by hand."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from portal import run_story
from portal.actors import actor_of
from portal.failure_triage import ACTS, Act
from portal.forms import Form
from portal.forms.failures_triage import HandleForm
from portal.masking import masked_text
from portal.run_story import utc_now
from provisioning.runs import triage
from provisioning.runs.models import Run
from provisioning.runs.troubles import FailureGroup

MOST_COUNTED = 1000
_OF_ONE_RUN = (
    "The run counts as taken care of; it stays failed.",
    "Its event is settled if nothing else of it waits.",
)


def failure_triage(request: HttpRequest, code: str, act: str) -> HttpResponse:
    group = FailureGroup.objects.select_related("rule__current").filter(code=code).first()
    if group is None or act not in ACTS:
        raise Http404
    chosen = ACTS[act]
    form = chosen.form(request.POST) if request.method == "POST" else _blank(chosen, group)
    if request.method == "POST" and form.is_valid():
        try:
            chosen.do(group, actor_of(request), form.cleaned_data, utc_now())
        except triage.CannotChange as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, f"Noted: {chosen.verb.lower()}.")
            return redirect("failure-detail", code=code)
    open_runs = Run.objects.failures().filter(group=group)[: MOST_COUNTED + 1].count()
    context = {
        "group": group,
        "act": chosen,
        "form": form,
        "message": masked_text(group.message),
        "open_runs": open_runs,
        "refused": "" if chosen.open_to(group, open_runs) else _refusal(chosen, group),
    }
    status = 400 if form.errors else 200
    return render(request, "failures/triage.html", context, status=status)


def _blank(act: Act, group: FailureGroup) -> Form:
    version = group.rule.current.number if group.rule and group.rule.current else None
    return act.form(initial={"version": version, "seen": utc_now().isoformat()})


def _refusal(act: Act, group: FailureGroup) -> str:
    if not act.to:
        return "No run of this cause needs a person any more."
    return f"This cause is {group.get_state_display().lower()} already."


def run_handle(request: HttpRequest, code: str) -> HttpResponse:
    run = run_story.find(code)
    if run is None:
        raise Http404
    form = HandleForm(request.POST) if request.method == "POST" else HandleForm()
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            triage.handle_run(
                run, actor=actor_of(request), reason=values["note"], url=values["url"]
            )
        except triage.CannotChange as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, "Noted: handled by hand.")
            return redirect("run-detail", code=code)
    waits = Run.objects.failures().filter(pk=run.pk).exists()
    context = {
        "run": run,
        "form": form,
        "effects": _OF_ONE_RUN,
        "not_effects": ("Nothing is called.",),
        "refused": "" if waits else "This run does not need a person any more.",
    }
    return render(request, "runs/handle.html", context, status=400 if form.errors else 200)
