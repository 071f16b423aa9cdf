"""Targets that are out, and those that were."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from portal.actors import actor_of
from portal.roles import Permission, may, who_may
from provisioning.runs import catching_up
from provisioning.runs.models import Run
from provisioning.runs.troubles import Incident

MOST_PAST = 50


def incident_list(request: HttpRequest) -> HttpResponse:
    parked = Count("runs", filter=Q(runs__parked=True, runs__state__in=Run.WAITING_STATES))
    active = Incident.objects.active().annotate(parked=parked).order_by("opened_at")
    past = Incident.objects.filter(state=Incident.State.CLOSED).order_by("-opened_at", "-id")
    may_probe = may(request.user, Permission.REPLAY)
    context = {
        "active": active,
        "past": past[:MOST_PAST],
        "may_probe": may_probe,
        "who_probes": "" if may_probe else who_may(Permission.REPLAY),
    }
    return render(request, "incidents/list.html", context)


def incident_probe(request: HttpRequest, code: str) -> HttpResponse:
    incident = Incident.objects.filter(code=code).first()
    if incident is None:
        raise Http404
    if catching_up.probe_now(incident, actor=actor_of(request)):
        messages.success(request, f"{incident.target}: a waiting run tests it now.")
    else:
        messages.warning(request, f"{incident.target} is not waiting for a probe any more.")
    return redirect("incident-list")
