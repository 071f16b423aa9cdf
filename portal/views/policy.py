"""Four eyes: whether two people are always needed, and switching it off for low risks."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from audit.models import Entry
from portal.actors import actor_of
from portal.forms.approvals_filters import PolicyForm
from portal.roles import Permission, may, who_may
from provisioning.approvals import policy as four_eyes

MOST_CHANGES = 20


def policy(request: HttpRequest) -> HttpResponse:
    now = four_eyes.current()
    if request.method != "POST":
        chosen = "always" if now.four_eyes else now.needed_from
        return _page(request, now, PolicyForm(initial={"four_eyes": chosen}))
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _page(request, now, form, status=422)
    chosen = form.cleaned_data["four_eyes"]
    changed = four_eyes.change(
        four_eyes=chosen == "always",
        needed_from="high" if chosen == "always" else chosen,
        reason=form.cleaned_data["reason"],
        actor=actor_of(request),
    )
    said = four_eyes.off_below(changed) or "A second person is always needed"
    messages.success(request, f"{said}.")
    return redirect("policy")


def _page(
    request: HttpRequest, now: four_eyes.Policy, form: PolicyForm, *, status: int = 200
) -> HttpResponse:
    may_change = may(request.user, Permission.SET_POLICY)
    reads_audit = may(request.user, Permission.READ_AUDIT)
    entries = Entry.objects.about("policy", "four-eyes").with_personal().order_by("-id")
    context = {
        "policy": now,
        "off_below": four_eyes.off_below(now),
        "form": form,
        "may_change": may_change,
        "who_changes": "" if may_change else who_may(Permission.SET_POLICY),
        "changes": list(entries[:MOST_CHANGES]) if reads_audit else None,
    }
    return render(request, "policy.html", context, status=status)
