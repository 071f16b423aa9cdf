"""One search box for people, events, runs and rules."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from portal import searching
from portal.forms.search import SearchForm
from portal.masking import masked_text
from portal.roles import Permission, may, needed


def search(request: HttpRequest) -> HttpResponse:
    """What was found, grouped; straight there where the text names one thing exactly."""
    form = SearchForm(request.GET)
    if not form.is_valid():
        return render(request, "search/results.html", {"form": form}, status=400)
    text = form.cleaned_data["q"]
    if not text:
        return render(request, "search/results.html", {"form": SearchForm()})
    if url := searching.list_for(text, lambda name: _may_open(request, name)):
        return redirect(url)
    found = searching.search(text, reads_audit=may(request.user, Permission.READ_AUDIT))
    if found.straight:
        return redirect(found.straight)
    context = {"form": form, "text": masked_text(text), "groups": found.groups}
    return render(request, "search/results.html", context)


def _may_open(request: HttpRequest, url_name: str) -> bool:
    permission = needed(url_name, "GET")
    return permission is not None and may(request.user, permission)
