"""Targets that are out, and those that were."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from portal.actors import actor_of
from portal.roles import Permission, may, who_may
from provisioning.events.models import Event
from provisioning.runs import catching_up
from provisioning.runs.models import Run
from provisioning.runs.troubles import Incident

MOST_PAST = 50


def incident_list(request: HttpRequest) -> HttpResponse:
    runs = Run.objects.filter(parked=True, state__in=Run.WAITING_STATES)
    active = Incident.objects.active().annotate(
        parked_runs=_number_of(runs), parked_events=_number_of(Event.objects.parked())
    )
    past = Incident.objects.filter(state=Incident.State.CLOSED).order_by("-opened_at", "-id")
    may_probe = may(request.user, Permission.REPLAY)
    context = {
        "active": active.order_by("opened_at"),
        "past": past[:MOST_PAST],
        "may_probe": may_probe,
        "who_probes": "" if may_probe else who_may(Permission.REPLAY),
    }
    return render(request, "incidents/list.html", context)


def _number_of(parked: QuerySet[Any]) -> Coalesce:
    """How many of these wait for each incident."""
    mine = parked.filter(incident=OuterRef("pk")).order_by().values("incident")
    return Coalesce(Subquery(mine.annotate(number=Count("pk")).values("number")), Value(0))


def incident_probe(request: HttpRequest, code: str) -> HttpResponse:
    incident = Incident.objects.filter(code=code).first()
    if incident is None:
        raise Http404
    if catching_up.probe_now(incident, actor=actor_of(request)):
        messages.success(request, f"{incident.target}: one that waits tests it now.")
    else:
        messages.warning(request, f"{incident.target} is not waiting for a probe any more.")
    return redirect("incident-list")
