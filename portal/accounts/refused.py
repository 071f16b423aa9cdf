"""The page that says in a sentence why somebody was not signed in."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.accounts import signing
from portal.models import User


def refused(
    request: HttpRequest,
    *,
    why: str,
    title: str,
    text: Sequence[str],
    status: int = 400,
    user: User | None = None,
) -> HttpResponse:
    """Write the entry, with `why` for those who read it, and show the sentences."""
    signing.refuse(request, user, why=why)
    context = {"title": title, "text": text, "request_id": getattr(request, "request_id", "")}
    return render(request, "registration/refused.html", context, status=status)
