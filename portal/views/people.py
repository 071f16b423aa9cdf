"""People: the list, everything about one person, and why a rule applies to them or does not."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from portal import listing
from portal.forms.people_filters import (
    PersonFilters,
    QuestionForm,
    TimelineFilters,
    TimelineFiltersWithoutActs,
)
from portal.keyset import Order
from portal.masking import masked_text
from portal.people import standing, timeline, why
from portal.roles import Permission, may, who_may
from portal.run_story import utc_now
from portal.shown import mask_columns
from provisioning.events.models import Person
from provisioning.rules.models import Rule

_TEXTS = ("login", "name", "status")


def person_list(request: HttpRequest) -> HttpResponse:
    rows = Person.objects.only("okta_id", "login", "name", "status", "last_event_at")
    order = Order("login", descending=False)
    page = listing.build(request, rows, PersonFilters, order=order, noun="person")
    counts = standing.failure_counts(page.rows)
    mask_columns(page.rows, _TEXTS)
    shown = [(person, counts.get(person.pk, 0)) for person in page.rows]
    return listing.respond(request, "people/list.html", page, {"shown": shown})


def person_detail(request: HttpRequest, okta_id: str) -> HttpResponse:
    person = _get(okta_id)
    reads_audit = may(request.user, Permission.READ_AUDIT)
    form = TimelineFilters if reads_audit else TimelineFiltersWithoutActs
    failures = standing.failures_of(okta_id)
    context = {
        "person": standing.standing_of(person),
        "failures": failures[: standing.MOST_FAILURES],
        "more_failures": len(failures) > standing.MOST_FAILURES,
        "question": QuestionForm(why.rule_choices(), why.past_events(okta_id)),
        "who_reads_audit": "" if reads_audit else who_may(Permission.READ_AUDIT),
    }
    page = timeline.build(request, okta_id, form, now=utc_now())
    return listing.respond(request, "people/detail.html", page, context)


def person_why(request: HttpRequest, okta_id: str) -> HttpResponse:
    """One rule and one person: the truth table now, and at an event. Nothing is written."""
    person = _get(okta_id)
    events = why.past_events(okta_id)
    code = request.GET.get("event", "")[:40]
    event = why.event_of(okta_id, code) if code.isalnum() and code.isascii() else None
    if event is not None and event.pk not in {one.pk for one in events}:
        events.insert(0, event)
    question = QuestionForm(why.rule_choices(), events, request.GET)
    context: dict[str, object] = {"person": standing.standing_of(person), "question": question}
    if not question.is_valid():
        problems = [masked_text(str(one)) for errors in question.errors.values() for one in errors]
        question = QuestionForm(why.rule_choices(), events)
        context |= {"problems": problems, "question": question}
        return render(request, "people/why.html", context, status=400)
    name = question.cleaned_data["rule"]
    rule = get_object_or_404(Rule.objects.select_related("current"), name=name)
    if rule.current is None:
        raise Http404
    context |= {"rule": rule, "version": rule.current}
    context["looks_now"] = why.now(person, rule.current)
    if event is not None:
        context["looks_then"] = why.then(event, rule.current)
        context["said_then"] = why.said_then(event, rule)
    return render(request, "people/why.html", context)


def _get(okta_id: str) -> Person:
    person = standing.find(okta_id)
    if person is None:
        raise Http404
    return person
