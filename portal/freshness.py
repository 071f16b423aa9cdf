"""Whether the person at the keyboard has proved lately that it is them.

Acts that `portal.roles.FRESH` names need it, and so may any view: `@freshness.required`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from portal.accounts.session_store import FRESH
from portal.models import User, session_fact
from portal.own_paths import page_of

FRESH_MINUTES = 10

View = Callable[..., HttpResponse]


def is_fresh(request: HttpRequest) -> bool:
    """Signed in, or signed in again, at most ten minutes ago."""
    user, fresh_at = request.user, request.session.get(FRESH)
    read_at = session_fact(user, "read_at") if isinstance(user, User) else None
    if fresh_at is None or read_at is None:
        return False
    return bool(read_at.timestamp() - fresh_at <= FRESH_MINUTES * 60)


def ask_again(request: HttpRequest) -> HttpResponse:
    """To the page where one signs in again, and from there back to the page one came from."""
    if request.method not in ("GET", "HEAD"):
        messages.warning(request, "Nothing was changed yet. Confirm that it is you, then repeat.")
    target = urlencode({"next": page_of(request)})
    return redirect(f"{reverse('sign-in-again')}?{target}")


def required(view: View) -> View:
    """Decorator of a view that only somebody who signed in lately may use."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_fresh(request):
            return ask_again(request)
        return view(request, *args, **kwargs)

    return checked
