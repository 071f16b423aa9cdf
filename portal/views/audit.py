"""The audit log: the list of entries, and one entry with its neighbours."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from audit.models import Entry
from audit.verbs import VERBS
from portal import jsonview, listing
from portal.forms.audit_filters import AuditFilters
from portal.keyset import Order
from portal.masking import masked

#: Entries of the same request that a page shows; the rest is in the list.
MOST_OF_REQUEST = 20
_PERSONAL = {"actor_label": "Actor's name", "object_label": "Object's name"}


def audit_list(request: HttpRequest) -> HttpResponse:
    rows = Entry.objects.with_personal().defer("canonical", "data", "pd_commit")
    page = listing.build(request, rows, AuditFilters, order=_order(request), noun="entry")
    return listing.respond(request, "audit/list.html", page)


def _order(request: HttpRequest) -> Order:
    """By number; where a time is asked for by time, so that its index finds the place."""
    timed = any(request.GET.get(name) for name in ("since", "from", "to"))
    return Order("at") if timed else Order()


def audit_detail(request: HttpRequest, code: str) -> HttpResponse:
    entry = get_object_or_404(Entry.objects.with_personal(), code=code)
    canonical = bytes(entry.canonical)
    same_object = Entry.objects.about(entry.object_kind, entry.object_id).only("code", "verb")
    others = Entry.objects.with_personal().filter(request_id=entry.request_id).exclude(pk=entry.pk)
    context = {
        "entry": entry,
        "verb": VERBS.get(entry.verb),
        "tree": jsonview.tree(masked(entry.data)),
        "personal": [(_PERSONAL.get(k, k), v) for k, v in sorted(masked(entry.private).items())],
        "canonical": canonical.decode("utf-8", "replace"),
        "sha256": hashlib.sha256(canonical).hexdigest(),
        "before": same_object.filter(pk__lt=entry.pk).order_by("-pk").first(),
        "after": same_object.filter(pk__gt=entry.pk).order_by("pk").first(),
        "others": list(others.order_by("pk")[: MOST_OF_REQUEST + 1]),
        "most": MOST_OF_REQUEST,
    }
    return render(request, "audit/detail.html", context)
