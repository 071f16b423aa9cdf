"""Undoing one run, or what a rule version did since a time: a plan that people look at first."""

from collections.abc import Sequence
from datetime import UTC, timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from portal import run_story
from portal.actors import actor_of
from portal.forms import Form
from portal.run_story import utc_now
from provisioning.plans import selecting, selecting_undo
from provisioning.plans.models import Plan
from provisioning.plans.selecting import CannotPlan, Chosen
from provisioning.rules.models import RuleVersion

_EFFECTS = [
    "A plan is made: for each step that is done, what would take it back. Nothing is done yet.",
    "Each target is read again. What has changed since is shown as a conflict and left alone.",
]
_NOT = ["What cannot be taken back, such as a message that was sent, is listed with the reason."]


class SinceForm(Form):
    since = forms.DateTimeField(
        label="Since (UTC)",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%MZ"],
        error_messages={"invalid": "This is not a time. Write it as 2026-11-20T09:00."},
    )


def run_undo(request: HttpRequest, code: str) -> HttpResponse:
    run = run_story.find(code)
    if run is None:
        raise Http404
    back = reverse("run-detail", args=[code])
    if request.method != "POST":
        context = {"title": f"Undo run {code}", "what": run.version.title, "back": back, "of": code}
        context |= {"list_name": "Runs", "list_url": reverse("run-list")}
        return render(request, "undo.html", {**context, "effects": _EFFECTS, "not_effects": _NOT})
    try:
        items = selecting_undo.of_run(run)
    except CannotPlan as problem:
        messages.error(request, f"No plan was made. {problem}")
        return redirect(back)
    return _planned(request, f"Undo run {code}", items, {"run": code})


def version_undo(request: HttpRequest, name: str, number: int) -> HttpResponse:
    if not 0 < number <= 2_147_483_647:
        raise Http404
    version = get_object_or_404(
        RuleVersion.objects.select_related("rule"), rule__name=name, number=number
    )
    title = f"Undo what {name} v{number} did"
    back = reverse("rule-versions", args=[name])
    initial = {"since": f"{utc_now() - timedelta(days=1):%Y-%m-%dT%H:%M}"}
    form = SinceForm(request.POST) if request.method == "POST" else SinceForm(initial=initial)
    if request.method == "POST" and form.is_valid():
        since = form.cleaned_data["since"].replace(tzinfo=UTC)
        try:
            items = selecting_undo.of_version(version, since)
        except CannotPlan as problem:
            form.add_error("since", str(problem))
        else:
            source = {"rule": name, "version": number, "since": since.isoformat()}
            return _planned(request, f"{title} since {since:%Y-%m-%d %H:%M}", items, source)
    context = {"title": title, "what": version.title, "back": back, "of": name, "form": form}
    context |= {"list_name": "Rules", "list_url": reverse("rule-list")}
    context |= {"effects": _EFFECTS, "not_effects": _NOT}
    return render(request, "undo.html", context, status=400 if form.errors else 200)


def _planned(
    request: HttpRequest, title: str, items: Sequence[Chosen], source: dict[str, object]
) -> HttpResponse:
    wanted = selecting.Wanted(kind=Plan.Kind.UNDO, title=title, items=items, source=source)
    try:
        plan = selecting.make(wanted, actor=actor_of(request))
    except CannotPlan as problem:
        messages.error(request, f"No plan was made. {problem}")
        return redirect("plan-list")
    return redirect("plan-detail", code=plan.code)
