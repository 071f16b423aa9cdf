"""Events: the list, one event with what it caused, its text, and putting a failed one back."""

from django.contrib import messages
from django.db.models import DurationField, ExpressionWrapper, F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from audit.models import Entry
from portal import event_story, jsonview, listing
from portal.actors import actor_of
from portal.forms.events_filters import EventFilters
from portal.keyset import Order
from portal.payloads import shown_text, shown_value
from portal.roles import Permission, may, who_may
from portal.shown import EVENT_TEXTS, mask_columns
from provisioning.events.models import Event
from provisioning.runs import scheduling

_TOOK = ExpressionWrapper(F("received_at") - F("published_at"), output_field=DurationField())
#: Entries of the trail that stand beside an event.
MOST_ENTRIES = 8


def event_list(request: HttpRequest) -> HttpResponse:
    rows = Event.objects.defer("body", "digest").annotate(delay=_TOOK)
    page = listing.build(request, rows, EventFilters, order=Order("received_at"), noun="event")
    mask_columns(page.rows, EVENT_TEXTS)
    context = {"waiting_lanes": event_story.waiting_lanes(page.rows)}
    return listing.respond(request, "events/list.html", page, context)


def event_detail(request: HttpRequest, code: str) -> HttpResponse:
    found = Event.objects.select_related("delivery", "profile_read", "incident")
    event = get_object_or_404(found, code=code)
    mask_columns([event], EVENT_TEXTS)
    rules = event_story.heard(event)
    may_retry = may(request.user, Permission.REPLAY)
    may_read_audit = may(request.user, Permission.READ_AUDIT)
    unmatched = event_story.unmatched(event)
    waits = event_story.waits_for_okta(event)
    context = {
        "event": event,
        "delay": event.received_at - event.published_at,
        "rules": rules,
        "matched": sum(heard.matched for heard in rules),
        "answer": waits or event_story.answer_of(event, rules),
        "waits": waits,
        "profile": event_story.profile_of(event),
        "tree": jsonview.tree(shown_value(event.body)),
        "unmatched": unmatched,
        "may_edit": may(request.user, Permission.EDIT_RULES),
        "may_retry": may_retry and unmatched,
        "who_retries": "" if may_retry or not unmatched else who_may(Permission.REPLAY),
        "trail": _trail(event) if may_read_audit else None,
        "sha256": bytes(event.digest).hex(),
    }
    return render(request, "events/detail.html", context)


def _trail(event: Event) -> list[Entry]:
    entries = Entry.objects.with_personal().about("event", event.code)
    return list(entries.order_by("-id")[:MOST_ENTRIES])


def event_raw(request: HttpRequest, code: str) -> HttpResponse:
    """The text as it was stored, as text and nothing else; secrets are masked here too."""
    event = get_object_or_404(Event.objects.only("code", "body"), code=code)
    response = HttpResponse(shown_text(event.body), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="event-{event.code}.txt"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def event_retry(request: HttpRequest, code: str) -> HttpResponse:
    event = get_object_or_404(Event.objects.only("code", "event_type"), code=code)
    if scheduling.retry_event(event, actor=actor_of(request)):
        messages.success(request, "Put back. It is held against the rules again at once.")
    else:
        messages.warning(
            request, "Nothing was done: this event is not waiting for a retry any more."
        )
    return redirect("event-detail", code=event.code)
