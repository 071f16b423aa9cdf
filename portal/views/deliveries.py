"""Deliveries: every call to the hook endpoint that was kept, accepted or refused."""

from datetime import UTC, datetime

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from portal import listing
from portal.forms.deliveries_filters import DeliveryFilters
from portal.keyset import Order
from portal.refusals import in_words, reason_text, refusals_since
from portal.shown import DELIVERY_TEXTS, EVENT_TEXTS, mask_columns
from portal.times import iso
from provisioning.events.models import Delivery, RefusalCount
from provisioning.events.refusals import KEPT_PER_HOUR

MOST_EVENTS = 100


def delivery_list(request: HttpRequest) -> HttpResponse:
    rows = Delivery.objects.defer("digest")
    page = listing.build(
        request, rows, DeliveryFilters, order=Order("received_at"), noun="delivery"
    )
    context = {} if "news" in request.GET else _refused(datetime.now(UTC))
    mask_columns(page.rows, DELIVERY_TEXTS)
    return listing.respond(request, "deliveries/list.html", page, context)


def _refused(now: datetime) -> dict[str, object]:
    """How many calls were refused in the last 24 hours; all are counted, not all are kept."""
    since = refusals_since(now)
    counts = RefusalCount.objects.filter(hour__gte=since).values_list("reason")
    by_reason = dict(counts.annotate(n=Sum("count")))
    return {
        "refused": sum(by_reason.values()),
        "refused_words": in_words(by_reason),
        "refused_since": since,
        "refused_url": f"{reverse('delivery-list')}?outcome=refused&from={iso(since)}",
        "kept_per_hour": KEPT_PER_HOUR,
    }


def delivery_detail(request: HttpRequest, code: str) -> HttpResponse:
    delivery = get_object_or_404(Delivery, code=code)
    mask_columns([delivery], DELIVERY_TEXTS)
    events = delivery.events.defer("body", "digest").order_by("id")[:MOST_EVENTS]
    context = {
        "delivery": delivery,
        "reason": reason_text(delivery.reason) if delivery.reason else "",
        "events": mask_columns(events, EVENT_TEXTS),
        "sha256": bytes(delivery.digest).hex() if delivery.digest else "",
    }
    return render(request, "deliveries/detail.html", context)
