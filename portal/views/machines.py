"""What machines may read with a token: `Authorization: Bearer sluice_…`."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse

from portal.users import tokens
from provisioning import status
from provisioning.rules.models import Rule

View = Callable[[HttpRequest], HttpResponse]


def needs(scope: str) -> Callable[[View], View]:
    """Only with a token that has the scope; a session counts for nothing here."""

    def decorator(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest) -> HttpResponse:
            kind, _, text = request.headers.get("Authorization", "").partition(" ")
            token = tokens.find(text.strip(), scope) if kind.lower() == "bearer" else None
            answer: HttpResponse
            if token is None:
                answer = JsonResponse(
                    {"error": f"This needs a token with the scope {scope!r} in Authorization."},
                    status=401,
                )
                answer["WWW-Authenticate"] = "Bearer"
            else:
                answer = view(request)
            answer["Cache-Control"] = "no-store"
            return answer

        return checked

    return decorator


@needs("status")
def api_status(request: HttpRequest) -> HttpResponse:
    """The same as `manage.py status --json`."""
    return JsonResponse(status.report())


@needs("rules")
def api_rules(request: HttpRequest) -> HttpResponse:
    """All rules as one YAML stream, as `manage.py rules export` writes it."""
    rules = Rule.objects.exclude(current=None).select_related("current").order_by("name")
    text = "---\n".join(rule.current.source for rule in rules if rule.current)
    return HttpResponse(text, content_type="application/yaml; charset=utf-8")
