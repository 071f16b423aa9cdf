"""Browsers in which somebody has signed in before: a signed cookie names them."""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from portal.models import User

_SALT = "portal.accounts.devices"
_SECONDS = 180 * 24 * 3600
#: People of one browser that are remembered, the latest first.
_MOST = 5


def cookie_name() -> str:
    return "__Host-known" if settings.HTTPS else "known"


def known_to(request: HttpRequest, user: User) -> str:
    """The id under which this browser is known to the person; empty if it is not."""
    return _read(request).get(user.code, "")


def remember(request: HttpRequest, response: HttpResponse, user: User) -> HttpResponse:
    """Make this browser known to whoever has just signed in."""
    known = _read(request)
    mine = {user.code: known.get(user.code) or secrets.token_urlsafe(12)}
    others = [pair for pair in known.items() if pair[0] != user.code][: _MOST - 1]
    response.set_cookie(
        cookie_name(),
        signing.dumps({**mine, **dict(others)}, salt=_SALT, compress=True),
        max_age=_SECONDS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def _read(request: HttpRequest) -> dict[str, str]:
    try:
        found = signing.loads(request.COOKIES.get(cookie_name(), ""), salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature:
        return {}
    return found if isinstance(found, dict) else {}
