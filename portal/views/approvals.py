"""Approvals: what waits for a decision, what would happen, and deciding it."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from portal import listing
from portal.accounts.signing import person_of
from portal.actors import actor_of
from portal.approvals import reading
from portal.approvals.kinds import kind_of
from portal.forms.approvals_filters import ClaimForm, DecisionForm, filters_for
from portal.identity import identity_among, identity_of
from portal.keyset import Order
from portal.masking import masked_text
from portal.roles import Permission, may, roles_of, who_may
from portal.run_story import utc_now
from provisioning.approvals import requests
from provisioning.approvals.models import Approval, Decision
from provisioning.approvals.requests import CannotDecide


def approval_list(request: HttpRequest) -> HttpResponse:
    identity = identity_of(person_of(request)) if "mine" in request.GET else ""
    order = Order("created_at", descending=False)
    form = filters_for(identity)
    page = listing.build(request, Approval.objects.all(), form, order=order, noun="approval")
    context = {
        "kinds": reading.open_by_kind(),
        "shown": reading.rows(page.rows, utc_now()),
        "who_decides": "" if may(request.user, Permission.DECIDE) else who_may(Permission.DECIDE),
    }
    return listing.respond(request, "approvals/list.html", page, context)


def approval_detail(request: HttpRequest, code: str) -> HttpResponse:
    approval = get_object_or_404(Approval, code=code)
    return _page(request, approval, DecisionForm(initial={"digest": approval.digest}))


def approval_decide(request: HttpRequest, code: str) -> HttpResponse:
    approval = get_object_or_404(Approval, code=code)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, approval, form, problem="Choose what you decide.", status=422)
    said = form.cleaned_data
    try:
        decided = kind_of(approval).decide(
            approval,
            verdict=said["verdict"],
            reason=said["reason"],
            digest=said["digest"],
            roles=roles_of(request.user),
            actor=replace(actor_of(request), person=_identity(request, approval)),
        )
    except CannotDecide as problem:
        approval.refresh_from_db()
        return _page(request, approval, form, problem=str(problem), status=409)
    if decided.changed and decided.approval.state != Approval.State.OPEN:
        messages.warning(
            request,
            "Nothing was decided: a step cannot be filled in any more. The run ends with the "
            "reason, and nothing is called.",
        )
    elif decided.changed:
        messages.warning(
            request,
            "Nothing was decided: what would happen has changed since it was asked for. "
            "This is what would happen now, and what is different.",
        )
    else:
        messages.success(request, _said(decided.approval, said["verdict"]))
    return redirect("approval-detail", code=decided.approval.code)


def approval_claim(request: HttpRequest, code: str) -> HttpResponse:
    approval = get_object_or_404(Approval, code=code)
    form = ClaimForm(request.POST)
    if form.is_valid():
        on = form.cleaned_data["on"] == "1"
        if not requests.claim(approval, on=on, actor=actor_of(request)):
            messages.warning(request, "Nothing was changed: somebody else has it, or it has ended.")
    return redirect("approval-detail", code=code)


def _identity(request: HttpRequest, approval: Approval) -> str:
    """Who looks, as this request names them if it does."""
    return identity_among(person_of(request), reading.parties(approval))


def _said(approval: Approval, verdict: str) -> str:
    if verdict == Decision.Verdict.REJECT:
        return "Rejected. Nothing is done."
    if verdict == Decision.Verdict.CHANGES:
        return f"Sent back. {approval.requester} reads what has to change, and may ask again."
    if approval.state == Approval.State.OPEN:
        return "Your approval is noted. Another person has to agree before anything is done."
    return "Approved."


def _page(
    request: HttpRequest,
    approval: Approval,
    form: DecisionForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    identity = _identity(request, approval)
    roles = roles_of(request.user)
    kind = kind_of(approval)
    decisions = list(approval.decisions.order_by("pk"))
    context = {
        "approval": approval,
        "title": masked_text(approval.title),
        "kind": kind,
        "effect": kind.effect(approval),
        "may_split": may(request.user, Permission.REPLAY),
        "can_be_changed": kind.can_be_changed(approval),
        "form": form,
        "problem": problem,
        "decisions": decisions,
        "agreed": sum(one.verdict == Decision.Verdict.APPROVE for one in decisions),
        "why_not": reading.why_not(approval, identity=identity, roles=roles),
        "who_decides": "" if may(request.user, Permission.DECIDE) else who_may(Permission.DECIDE),
        "claimed_by_me": approval.claimed_identity == identity,
        "near": reading.neighbours(approval),
        "urgency": reading.urgency(approval, utc_now()),
        "reads_audit": may(request.user, Permission.READ_AUDIT),
    }
    return render(request, "approvals/detail.html", context, status=status)
