"""Addresses that a request names and that may be followed: only paths of ours."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from portal import roles


def is_own(request: HttpRequest, path: str) -> bool:
    hosts, secure = {request.get_host()}, request.is_secure()
    return path.startswith("/") and url_has_allowed_host_and_scheme(path, hosts, secure)


def own_path(request: HttpRequest) -> str:
    """The path in `next` if it is one of ours, else the overview: never another host."""
    path = request.POST.get("next") or request.GET.get("next", "")
    return path if is_own(request, path) else reverse("overview")


def page_of(request: HttpRequest) -> str:
    """The page to come back to: this one if it was opened, else the one that asks for a part or
    whose form was sent."""
    part_of = getattr(request, "htmx", None) and request.headers.get("HX-Current-URL")
    if request.method in ("GET", "HEAD") and not part_of:
        return request.get_full_path()
    came_from = urlsplit(part_of or request.META.get("HTTP_REFERER", ""))
    path = f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path
    if came_from.netloc != request.get_host() or not is_own(request, path):
        return reverse("overview")
    try:
        name = resolve(came_from.path).url_name
    except Resolver404:
        return reverse("overview")
    # A form that was shown again with its mistakes may stand at an address that only takes forms.
    return path if roles.needed(name, "GET") else reverse("overview")
