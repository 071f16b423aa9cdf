"""URLs of the gallery: the shell's own names, and one page for each family of components."""

import itertools
from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from portal import listing
from portal.badges import BADGES
from portal.forms.filters import FilterForm, Menu, Text
from portal.keyset import Order
from portal.models import User
from portal.views import errors, preferences, second_factor, session
from tests.portal.web.gallery import samples

handler400, handler403 = errors.bad_request, errors.permission_denied
handler404, handler500 = errors.page_not_found, errors.server_error


class UserFilters(FilterForm):
    time_column = "date_joined"
    search_columns = ("username", "email")
    search_label = "Name or mail"
    state = Menu("State", [("True", "Active"), ("False", "Turned off")], column="is_active")
    mail = Text("Mail", column="email")


def overview(request: HttpRequest) -> HttpResponse:
    kpis = [
        ("Events received", "1,284", "", "+8 % vs yesterday"),
        ("Runs succeeded", "94.6", "%", "−4.1 pt vs yesterday"),
        ("Event to done, p95", "4.1", "s", "goal under 10 s"),
        ("Retrying now", "7", "", "next in 38 s"),
        ("Held for approval", "5", "", "oldest 2 h 10 m"),
    ]
    return render(request, "gallery/overview.html", {"kpis": kpis, **samples.overview()})


def run(request: HttpRequest) -> HttpResponse:
    answer = [
        "All 5 attempts of CreateAccountAssignment were throttled over 2 m 52 s.",
        "Steps 1 to 3 are done and will not run again. 37 other runs failed for the same cause.",
    ]
    return render(request, "gallery/run.html", {"answer": answer, **samples.run()})


def detail(request: HttpRequest) -> HttpResponse:
    context = {
        "states": list(BADGES),
        "effects": ["35 runs will act: 3 groups, 32 assignments."],
        "not_effects": ["2 are done already and are skipped."],
    }
    return render(request, "gallery/detail.html", {**context, **samples.detail()})


def users(request: HttpRequest) -> HttpResponse:
    page = listing.build(
        request, User.objects.all(), UserFilters, order=Order("date_joined"), noun="user"
    )
    return listing.respond(request, "gallery/list.html", page)


def sample_users(request: HttpRequest) -> HttpResponse:
    """The list page with rows that are in no database."""
    form = UserFilters(request.GET)
    form.is_valid()
    rows = [
        User(username=f"person.{n}@acme.example", email=f"p{n}@acme.example", is_active=n % 3 > 0,
             date_joined=samples.NOW - timedelta(hours=n))
        for n in range(12)
    ]  # fmt: skip
    page = listing.Page(
        form, "user", request.path, rows=rows, count=listing.Count(12_431, exact=False),
        chips=[listing.Chip("State", "Turned off", "?"), listing.Chip("Since", "24 h", "?")],
        notices=["This list has no filter called “stat”; it was not applied."],
        url=request.path, share_url=request.path, older_url="?after=x", newer_url="?before=x",
    )  # fmt: skip
    return render(request, "gallery/list.html", {"page": page, "now": samples.NOW})


_polls = itertools.count(1)


def polling(request: HttpRequest) -> HttpResponse:
    return render(request, "gallery/polling.html", {"count": 0})


def polled(request: HttpRequest) -> HttpResponse:
    return render(request, "gallery/_polled.html", {"count": next(_polls)})


def missing(request: HttpRequest) -> HttpResponse:
    raise Http404


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("made for a test")


urlpatterns = [
    path("", overview, name="overview"),
    path("events/", sample_users, name="event-list"),
    path("runs/", run, name="run-list"),
    path("failures/", missing, name="failure-list"),
    path("rules/", detail, name="rule-list"),
    path("lookups/", missing, name="lookup-list"),
    path("deliveries/", broken, name="delivery-list"),
    path("audit/", missing, name="audit-list"),
    path("brake/", missing, name="brake"),
    path("plans/", missing, name="plan-list"),
    path("policy/", missing, name="policy"),
    path("approvals/", missing, name="approval-list"),
    path("people/", missing, name="person-list"),
    path("people/<str:okta_id>/", missing, name="person-detail"),
    path("search/", missing, name="search"),
    path("polling/", polling, name="polling"),
    path("polled/", polled, name="polled"),
    path("users/", users, name="user-list"),
    path("account/", missing, name="account"),
    path("break-glass/", missing, name="break-glass-list"),
    path("sign-in/", session.sign_in, name="sign-in"),
    path("sign-in/code/", second_factor.code, name="sign-in-code"),
    path("sign-in/enrol/", second_factor.enrol, name="sign-in-enrol"),
    path("sign-in/again/", session.again, name="sign-in-again"),
    path("sign-in/okta/", session.okta, name="okta-sign-in"),
    path("sign-out/", session.sign_out, name="sign-out"),
    path("theme/", preferences.theme, name="theme"),
]
