"""Signing in and out with a local account."""

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from requests import RequestException

from portal.accounts import okta_adapter, okta_settings, signing
from portal.accounts.refused import refused
from portal.forms.session import AgainForm, SignInForm
from portal.models import User
from portal.own_paths import own_path
from provisioning.actions.base import ActionError


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    target = own_path(request)
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(target)
        return _form(request, SignInForm(request), target, status=200)
    form = SignInForm(request, request.POST)
    if not form.is_valid():
        name = form.cleaned_data.get("username", "")
        signing.refuse(request, User.objects.filter(username=name).first(), why="password")
        return _form(request, form, target, status=422)
    signing.sign_in(request, form.get_user(), how={"method": "password"})
    return redirect(target)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest) -> HttpResponse:
    """Prove once more that it is you, then go back to what needed it."""
    user, target = signing.person_of(request), own_path(request)
    form = AgainForm(user, request.POST or None)
    if request.method == "POST":
        if form.is_valid():
            signing.confirm(request, user, how={"method": "password"})
            return redirect(target)
        signing.refuse(request, user, why="password")
    context = {"form": form, "next": target, "with_okta": bool(user.okta_id)}
    status = 422 if form.errors else 200
    return render(request, "registration/again.html", context, status=status)


@require_POST
def okta(request: HttpRequest) -> HttpResponse:
    """Lead to Okta's sign-in; with `again`, to prove once more that it is you."""
    if not okta_settings.configured():
        raise Http404
    try:
        return okta_adapter.begin(request, again=bool(request.POST.get("again")))
    except (RequestException, OAuth2Error, ActionError) as error:
        return refused(
            request,
            why=f"okta: {error}"[:300],
            title="Okta cannot be asked now",
            text=["It does not answer as it should. Try again, or use a local account."],
            status=503,
        )


@never_cache
@require_safe
def okta_callback(request: HttpRequest) -> HttpResponse:
    if not okta_settings.configured():
        raise Http404
    return okta_adapter.callback(request)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, User):
        signing.sign_out(request, request.user)
    messages.success(request, "You are signed out.")
    return redirect("sign-in")


def _form(request: HttpRequest, form: SignInForm, target: str, status: int) -> HttpResponse:
    context = {"form": form, "next": target, "with_okta": okta_settings.configured()}
    return render(request, "registration/sign_in.html", context, status=status)
