"""What every request passes: its number, and the one place that lets it in or not."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import ResolverMatch, resolve
from django_htmx.http import HttpResponseClientRedirect

from audit import trail
from audit.codes import new_code
from portal import freshness, own_paths, roles
from portal.accounts import former, limits, signing
from portal.actors import actor_of
from portal.kept import keeping
from portal.models import User
from portal.roles import Permission

#: These answer while the database is away.
FOR_MACHINES = ("/healthz", "/readyz")

GetResponse = Callable[[HttpRequest], HttpResponse]


def request_id(get_response: GetResponse) -> GetResponse:
    """Number each request: error pages show the number, the trail keeps it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.request_id = new_code()  # type: ignore[attr-defined]  # ours
        response = get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]  # ours
        return response

    return middleware


def session_limits(get_response: GetResponse) -> GetResponse:
    """End a session that is over before anything else looks at who is signed in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info in FOR_MACHINES:
            return get_response(request)
        owner = request.session.get(SESSION_KEY)  # asking for the user may already end it
        user = request.user
        if isinstance(user, User):
            if why := limits.over(request.session, user):
                signing.end_session(request, user, why)
            elif request.method == "POST" or not getattr(request, "htmx", False):
                # A page that asks by itself is not in use; it never asks with POST.
                limits.note_use(request.session, user)
        elif owner is not None:  # the account was turned off, or has another password
            request.session.flush()
            former.remember(request, int(owner))
        return get_response(request)

    return middleware


def access(get_response: GetResponse) -> GetResponse:
    """Let a request in if the table of `portal.roles` says so. No view checks for itself."""

    def middleware(request: HttpRequest) -> HttpResponse:
        match = _match(request)
        if match is None:
            return get_response(request)
        methods = roles.POLICIES.get(match.url_name or "", {})
        permission = roles.needed(match.url_name, request.method or "GET")
        if methods and permission is None:
            return HttpResponseNotAllowed(sorted(methods))
        if permission is None or not roles.may(request.user, permission):
            return _refuse(request, match, permission)
        wants_fresh = request.method in roles.FRESH.get(match.url_name or "", ())
        if wants_fresh and not freshness.is_fresh(request):
            return freshness.ask_again(request)
        response = get_response(request)
        keeping.forget_if_sent(request, match, response)
        if permission is not Permission.OPEN:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware


def _match(request: HttpRequest) -> ResolverMatch | None:
    try:
        return resolve(request.path_info)
    except Http404:
        return None


def _refuse(
    request: HttpRequest, match: ResolverMatch, permission: Permission | None
) -> HttpResponse:
    if not request.user.is_authenticated:
        target = own_paths.page_of(request)
        keeping.keep(request, match)
        if getattr(request, "htmx", False):  # the whole page must go, not a part of it
            return HttpResponseClientRedirect(redirect_to_login(target)["Location"])
        return redirect_to_login(target)
    data: dict[str, Any] = {"method": request.method, "needs": permission or "nobody"}
    with transaction.atomic():
        trail.record(
            "access.denied",
            actor=actor_of(request),
            obj=trail.Object("page", match.url_name or request.path_info[:200]),
            outcome="refused",
            data=data,
        )
    who = f" {roles.who_may(permission)} may." if permission else ""
    raise PermissionDenied(f"Your roles do not allow this.{who}")
