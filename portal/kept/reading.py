"""Reading a form that was sent without a session: only one that a page of ours sent."""

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import ResolverMatch

from portal import own_paths
from portal.kept.sealing import Sent, size_of
from provisioning.callers import caller_address

#: Of a form as text. The largest that the builder sends has 900 fields.
MOST_BYTES = 256 * 1024

_TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the name of a field


class _Check(CsrfViewMiddleware):
    """Django's own check. Whoever is not signed in is sent away before it would come to it."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponseForbidden()


def read(request: HttpRequest, match: ResolverMatch, user_id: int) -> Sent | None:
    """The form, unless it is forged, too large or broken."""
    if _announced(request) > _most_announced():
        return None
    try:
        check = _Check(lambda _: HttpResponse())
        if check.process_view(request, match.func, match.args, match.kwargs) is not None:
            return None
        sent = sent_by(request, match.url_name or "", user_id)
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return None
    return sent if sent.fields and size_of(sent) <= MOST_BYTES else None


def sent_by(request: HttpRequest, url_name: str, user_id: int) -> Sent:
    return Sent(
        user_id=user_id,
        url_name=url_name,
        address=request.get_full_path(),
        page=own_paths.page_of(request),
        source=caller_address(request.META),
        fields=[(name, values) for name, values in request.POST.lists() if name != _TOKEN],
        files=[(name, str(one.name)) for name, several in request.FILES.lists() for one in several],
    )


def _announced(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return _most_announced() + 1


def _most_announced() -> int:
    """As it is sent, text may be three times as long; a file beside it counts too."""
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or MOST_BYTES)
