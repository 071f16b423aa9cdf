"""The emergency brake: what is stopped, stopping more, and releasing after a look."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from portal.actors import actor_of
from portal.brake import telling
from portal.brake.forms import PullForm, ReasonForm
from portal.roles import Permission, may, who_may
from provisioning.rules.models import Rule
from provisioning.runs import brake_releases, braked, brakes
from provisioning.runs.brake_models import Brake

#: Released brakes that are shown; the audit log has all of them.
MOST_EARLIER = 20


def brake(request: HttpRequest) -> HttpResponse:
    """What is stopped, what each level would stop; with POST, stop at once."""
    form = PullForm(braked.reach(), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _pulled(request, form):
        return redirect("brake")
    on = telling.on()
    may_pull = may(request.user, Permission.PULL_BRAKE)
    earlier = Brake.objects.exclude(released_at=None).select_related("rule")
    context = {
        "on": [
            {"brake": one, "what": telling.what(one), "runs": braked.runs_under(one).count()}
            for one in on
        ],
        "form": form,
        "earlier": earlier.order_by("-pulled_at", "-id")[:MOST_EARLIER],
        "may_pull": may_pull,
        "who_pulls": "" if may_pull else who_may(Permission.PULL_BRAKE),
    }
    return render(request, "brake/brake.html", context, status=400 if form.errors else 200)


def _pulled(request: HttpRequest, form: PullForm) -> bool:
    """Whether it was pulled; if not, the form says why."""
    given = form.cleaned_data
    try:
        pulled = brakes.pull(
            level=given["level"],
            target=given["target"],
            rule=Rule.objects.filter(name=given["rule"]).first() if given["rule"] else None,
            reason=given["reason"],
            actor=actor_of(request),
        )
    except brakes.CannotPull as problem:
        form.add_error(None, str(problem))
        return False
    messages.success(request, f"{telling.what(pulled)}. Events are still received and matched.")
    return True


def brake_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One brake, and what its release will do as things stand now."""
    one = _get(code)
    found = braked.waiting(one)
    others = [other for other in telling.on() if other.pk != one.pk]
    approval = brake_releases.approval_of(one) if one.released_at is None else None
    told = telling.consequences(found, others)
    may_pull = may(request.user, Permission.PULL_BRAKE)
    context = {
        "brake": one,
        "what": telling.what(one),
        "found": found,
        "effects": told.effects,
        "not_effects": told.not_effects,
        "form": ReasonForm(),
        "alone": telling.may_be_released_alone(one),
        "approval": approval,
        "may_pull": may_pull,
        "who_pulls": "" if may_pull else who_may(Permission.PULL_BRAKE),
    }
    return render(request, "brake/detail.html", context)


def brake_release(request: HttpRequest, code: str) -> HttpResponse:
    """Release it, or ask somebody else to agree where one person alone may not."""
    one = _get(code)
    reason = request.POST.get("reason", "")
    try:
        if brake_releases.second_person_needed(one):
            brake_releases.ask_release(one, reason=reason, actor=actor_of(request))
            messages.info(request, "Asked for. It stays stopped until somebody else agrees.")
            return redirect("brake-detail", code=one.code)
        brake_releases.release(one, reason=reason, actor=actor_of(request))
    except brake_releases.CannotRelease as problem:
        messages.error(request, f"Nothing was released. {problem}")
        return redirect("brake-detail", code=one.code)
    messages.success(request, "Released. What waited for it goes on.")
    return redirect("brake")


def _get(code: str) -> Brake:
    return get_object_or_404(Brake.objects.select_related("rule"), code=code)
