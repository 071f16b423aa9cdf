"""Reviews of sign-ins with accounts kept for emergencies: the list, one of them, closing it."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from portal import listing
from portal.accounts import reviews, signing
from portal.actors import actor_of
from portal.forms.reviews import NoteForm, ReviewFilters
from portal.keyset import Order
from portal.models import BreakGlassReview
from portal.roles import Permission, may, who_may
from portal.times import iso
from provisioning.clocks import database_now

#: Entries that a page shows; the rest is in the list.
MOST_ENTRIES = 50


def review_list(request: HttpRequest) -> HttpResponse:
    rows = BreakGlassReview.objects.select_related("account", "reviewed_by")
    page = listing.build(request, rows, ReviewFilters, order=Order("signed_in_at"), noun="review")
    now = database_now()
    context = {
        "open": BreakGlassReview.objects.open().count(),
        "overdue": BreakGlassReview.objects.overdue(now).count(),
        "now": now,
    }
    return listing.respond(request, "break_glass/list.html", page, context)


def review_detail(request: HttpRequest, code: str) -> HttpResponse:
    return _page(request, _get(code), NoteForm(), status=200)


@require_POST
def review_close(request: HttpRequest, code: str) -> HttpResponse:
    review, form = _get(code), NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, review, form, status=422)
    user = signing.person_of(request)
    try:
        reviews.close(review, user, note=form.cleaned_data["note"], actor=actor_of(request))
    except reviews.CannotClose as problem:
        form.add_error(None, str(problem))
        return _page(request, _get(code), form, status=422)
    messages.success(request, "Closed. What you found is in the audit log.")
    return redirect("break-glass-list")


def _get(code: str) -> BreakGlassReview:
    rows = BreakGlassReview.objects.select_related("account", "reviewed_by")
    return get_object_or_404(rows, code=code)


def _page(
    request: HttpRequest, review: BreakGlassReview, form: NoteForm, *, status: int
) -> HttpResponse:
    user, now = signing.person_of(request), database_now()
    may_read = may(user, Permission.READ_AUDIT)
    may_close = may(user, Permission.CLOSE_REVIEWS)
    entries = reviews.done_in(review).with_personal() if may_read else None
    found = list(entries[: MOST_ENTRIES + 1]) if entries is not None else []
    context = {
        "review": review,
        "overdue": review.state == "open" and review.due_at <= now,
        "entries": found[:MOST_ENTRIES],
        "more": len(found) > MOST_ENTRIES,
        "audit_url": _audit_url(review),
        "may_read": may_read,
        "form": form,
        "may_close": may_close,
        "why_not": reviews.why_not(review, user),
        "who_closes": "" if may_close else who_may(Permission.CLOSE_REVIEWS),
        "now": now,
    }
    return render(request, "break_glass/detail.html", context, status=status)


def _audit_url(review: BreakGlassReview) -> str:
    """The audit log, of this account and this time only."""
    start, end = reviews.span_of(review)
    asked = {"actor": review.account.code, "from": iso(start), "to": iso(end)}
    return f"{reverse('audit-list')}?{urlencode(asked)}"
