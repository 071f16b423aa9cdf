"""Tokens of the person who looks: making one, which is shown once, and ending one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal import freshness
from portal.actors import actor_of
from portal.forms.users import TokenForm
from portal.models import ApiToken, User
from portal.run_story import utc_now
from portal.users import tokens


def token_list(request: HttpRequest) -> HttpResponse:
    return _page(request, TokenForm(), status=200)


@never_cache
@require_POST
@freshness.required
def token_make(request: HttpRequest) -> HttpResponse:
    """The answer to this one request is the only place where the text can be seen."""
    form = TokenForm(request.POST)
    if not form.is_valid() or not isinstance(request.user, User):
        return _page(request, form, status=422)
    try:
        made, text = tokens.make(request.user, **form.cleaned_data, actor=actor_of(request))
    except tokens.CannotMake as problem:
        form.add_error(None, str(problem))
        return _page(request, form, status=422)
    return render(request, "users/token_made.html", {"token": made, "text": text})


@require_POST
def token_revoke(request: HttpRequest, code: str) -> HttpResponse:
    token = get_object_or_404(ApiToken, code=code, owner=request.user.pk)
    if tokens.revoke(token, actor=actor_of(request)):
        messages.success(request, f"The token “{token.name}” ended. Nothing can use it any more.")
    return redirect("token-list")


def _page(request: HttpRequest, form: TokenForm, *, status: int) -> HttpResponse:
    mine = ApiToken.objects.filter(owner=request.user.pk).order_by("-created_at", "-pk")
    now = utc_now()
    shown = [(token, token.good_at(now)) for token in mine[:200]]
    return render(request, "users/tokens.html", {"form": form, "shown": shown}, status=status)
