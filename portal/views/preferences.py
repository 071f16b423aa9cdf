"""How somebody wants the pages to look: kept in cookies, so it works before signing in too."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from portal.context import THEMES
from portal.own_paths import own_path

_CHOICES = {"theme": THEMES, "keys": ("on", "off")}
_YEAR = 365 * 24 * 3600


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Set the theme, or turn single-key shortcuts on or off; then go back to where it was asked."""
    response = redirect(own_path(request))
    for name, known in _CHOICES.items():
        value = request.POST.get(name, "")
        if value in known:
            response.set_cookie(
                name,
                value,
                max_age=_YEAR,
                samesite="Lax",
                httponly=True,
                secure=request.is_secure(),
            )
    return response
