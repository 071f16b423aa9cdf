"""Plans: what would happen, deciding it, how far it is, and the report."""

from collections.abc import Callable

from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render

from audit import trail
from portal import listing
from portal.actors import actor_of
from portal.forms.plans import ConfirmForm, filled
from portal.forms.plans_filters import PlanFilters, PlanItemFilters
from portal.keyset import Order
from portal.masking import masked_text
from portal.plans import page as pages
from portal.plans import report
from portal.roles import Permission, may, who_may
from provisioning import spreadsheets
from provisioning.plans import counting, releasing, steering
from provisioning.plans.models import Plan
from provisioning.plans.options import BadOptions
from provisioning.plans.steering import CannotRelease


def plan_list(request: HttpRequest) -> HttpResponse:
    rows = Plan.objects.defer("counts", "source", "effects")
    page = listing.build(request, rows, PlanFilters, order=Order("created_at"), noun="plan")
    return listing.respond(request, "plans/list.html", page)


def plan_detail(request: HttpRequest, code: str) -> HttpResponse:
    """The whole page, or for a poll its upper part; a poll that would show the same gets 304."""
    plan = get_object_or_404(Plan.objects.tallied(), code=code)
    tally = counting.read_with(plan)
    polled = request.headers.get("HX-Request") == "true"
    if polled and request.headers.get("HX-PTag") == pages.tag_of(plan, tally):
        return HttpResponseNotModified()
    shown = pages.of_plan(plan, tally)
    may_replay = may(request.user, Permission.REPLAY)
    context = {
        "plan": plan,
        "shown": shown,
        "form": filled(plan.checksum, shown.options, masked_text(plan.reason)),
        "may_replay": may_replay,
        "who_replays": "" if may_replay else who_may(Permission.REPLAY),
    }
    if polled:
        response = render(request, "plans/_plan.html", context)
    else:
        # Not joined: of a plan that the planner knows nothing of yet, it would join every item
        # before it takes the first fifty.
        rows = plan.items.prefetch_related("run", "result_run").defer("effect")
        order = Order("position", descending=False, unique=True)
        page = listing.build(request, rows, PlanItemFilters, order=order, noun="item")
        response = listing.respond(request, "plans/detail.html", page, context)
    response["HX-PTag"] = shown.tag
    response["Vary"] = "HX-Request, Cookie"
    return response


def plan_report(request: HttpRequest, code: str) -> StreamingHttpResponse:
    plan = get_object_or_404(Plan, code=code)
    body = spreadsheets.lines(report.rows(plan))
    response = StreamingHttpResponse(body, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="plan-{plan.code}.csv"'
    return response


def plan_confirm(request: HttpRequest, code: str) -> HttpResponse:
    plan = get_object_or_404(Plan, code=code)
    form = ConfirmForm(request.POST)
    try:
        if not form.is_valid():
            raise BadOptions(form.problem())
        plan = releasing.confirm(
            plan,
            checksum=form.cleaned_data["checksum"],
            options=form.options(),
            reason=form.cleaned_data["reason"],
            actor=actor_of(request),
        )
    except (BadOptions, CannotRelease) as problem:
        messages.error(request, f"Nothing was run. {problem}")
        return redirect("plan-detail", code=code)
    if plan.state == Plan.State.CLASSIFYING:
        messages.info(request, "Nothing was run yet: workers classify every item for this choice.")
    elif plan.state == Plan.State.DRAFT:
        messages.info(request, "Nothing was run yet: look at what the changed plan would do.")
    elif plan.state == Plan.State.WAITING:
        messages.success(request, "Asked for an approval. It runs once somebody else agrees.")
    else:
        messages.success(request, "Confirmed. It runs now.")
    return redirect("plan-detail", code=code)


def plan_pause(request: HttpRequest, code: str) -> HttpResponse:
    return _act(request, code, steering.pause, "Paused. What has begun goes on to its end.")


def plan_resume(request: HttpRequest, code: str) -> HttpResponse:
    return _act(request, code, steering.resume, "Resumed.")


def plan_cancel(request: HttpRequest, code: str) -> HttpResponse:
    return _act(request, code, steering.cancel, "Cancelled. What had not begun never will.")


def plan_withdraw(request: HttpRequest, code: str) -> HttpResponse:
    return _act(request, code, steering.withdraw, "The request was taken back.")


def _act(request: HttpRequest, code: str, use: Callable[..., Plan], said: str) -> HttpResponse:
    plan = get_object_or_404(Plan, code=code)
    actor: trail.Actor = actor_of(request)
    try:
        use(plan, actor=actor)
    except CannotRelease as problem:
        messages.error(request, f"Nothing was changed. {problem}")
    else:
        messages.success(request, said)
    return redirect("plan-detail", code=code)
