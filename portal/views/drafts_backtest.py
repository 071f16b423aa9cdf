"""Backtests of drafts: begin one, watch it, stop it, read what it found."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from portal.actors import actor_of
from portal.forms.drafts import BacktestForm
from portal.rule_backtests import shown
from portal.views import drafts as draft_pages
from provisioning.rules import backtests
from provisioning.rules.drafts import DraftRefused


def draft_backtest(request: HttpRequest, name: str) -> HttpResponse:
    draft = draft_pages.get(name)
    form = BacktestForm(request.POST or None)
    if request.method == "POST":
        if not form.is_valid():
            messages.error(request, "Nothing was begun: choose how far back.")
            return redirect("rule-draft-backtest", name=name)
        try:
            backtests.start(draft, days=form.cleaned_data["days"], actor=actor_of(request))
        except DraftRefused as refused:
            messages.error(request, str(refused))
        return redirect("rule-draft-backtest", name=name)
    context = {"form": form, **shown(draft)}
    if request.headers.get("HX-Request"):
        return render(request, "drafts/_backtest.html", {"draft": draft, **context})
    return draft_pages.page(request, "drafts/backtest.html", draft, "backtest", context)


def draft_backtest_cancel(request: HttpRequest, name: str) -> HttpResponse:
    found = backtests.latest(draft_pages.get(name))
    if found is not None and backtests.cancel(found, actor=actor_of(request)):
        messages.success(request, "Stopped. What it had found until then is below.")
    else:
        messages.info(request, "No backtest is running.")
    return redirect("rule-draft-backtest", name=name)
