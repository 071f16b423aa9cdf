"""Pages for what went wrong. They ask the database nothing: it may be what is away."""

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.template import loader

from portal.context import shell_of


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        text = ["Nothing was changed. Send less, or a smaller file."]
        return error_page(request, 413, "This is too large", text)
    return error_page(
        request,
        400,
        "This request cannot be understood",
        ["Something in the address or the form is broken. Go back and try again."],
    )


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    said = str(exception) if isinstance(exception, PermissionDenied) else ""
    text = [said or "Your roles do not allow this.", "Ask an administrator for the role you need."]
    return error_page(request, 403, "You may not see or do this", text)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(
        request,
        404,
        "There is no such page",
        ["The address is wrong, or what it named is no longer kept. Check it, or use the search."],
    )


def server_error(request: HttpRequest) -> HttpResponse:
    return error_page(
        request,
        500,
        "This went wrong on our side",
        [
            "Nothing you sent is half done. Try again.",
            "If it stays, tell an administrator the number below.",
        ],
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(
        request,
        403,
        "This form is too old to be sent",
        ["Nothing was changed. Open the page again, then send the form. Cookies must be allowed."],
    )


def error_page(request: HttpRequest, status: int, title: str, text: list[str]) -> HttpResponse:
    """An error page with navigation and the number of the request."""
    context = {
        "shell": shell_of(request),
        "status": status,
        "title": title,
        "text": text,
        "request_id": getattr(request, "request_id", ""),
    }
    return HttpResponse(loader.render_to_string("error.html", context), status=status)
