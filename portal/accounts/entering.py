"""The last step of every sign-in with a local account."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.accounts import devices, pending, signing
from portal.kept import keeping
from portal.models import User


def enter(
    request: HttpRequest,
    user: User,
    *,
    how: Mapping[str, Any],
    response: HttpResponse | None = None,
) -> HttpResponse:
    """Begin the session and go where the person wanted to, or show `response` first."""
    target = keeping.way_in(user, pending.target_of(request))
    pending.end(request)
    signing.sign_in(request, user, how=how)
    keeping.came_back(request)
    return devices.remember(request, response or redirect(target), user)
