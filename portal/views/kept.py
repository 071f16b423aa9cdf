"""What somebody typed and sent after their session had ended: look, then send it or not."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from portal.accounts.signing import person_of
from portal.kept import keeping, showing
from portal.kept.addresses import KEPT
from portal.kept.keeping import Kept


def kept_form(request: HttpRequest, code: str) -> HttpResponse:
    kept = _get(request, code)
    context = {
        "kept": kept,
        "what": KEPT.get(kept.sent.url_name, ""),
        "lines": showing.lines(kept.sent),
        "hidden": showing.hidden(kept.sent),
        "files": showing.files(kept.sent),
    }
    return render(request, "kept.html", context)


def kept_discard(request: HttpRequest, code: str) -> HttpResponse:
    kept = _get(request, code)
    keeping.discard(person_of(request), kept.code)
    messages.success(request, "Thrown away. Nothing was done with it.")
    return redirect(kept.sent.page)


def _get(request: HttpRequest, code: str) -> Kept:
    """Only one's own: to everybody else there is no such page."""
    kept = keeping.of(person_of(request))
    if kept is None or kept.code != code:
        raise Http404
    return kept
