"""Signing in and out with a local account."""

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from requests import RequestException

from portal.accounts import (
    entering,
    factors,
    okta_adapter,
    okta_settings,
    pending,
    signing,
    throttling,
)
from portal.accounts.refused import refused
from portal.forms.session import AgainForm, SignInForm
from portal.kept import keeping
from portal.models import User
from portal.own_paths import own_path
from portal.views import second_factor
from provisioning.actions.base import ActionError


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    target = own_path(request)
    if request.method != "POST":
        if isinstance(request.user, User):
            return redirect(keeping.way_in(request.user, target))
        late = TOO_LATE if request.GET.get("late") else ""
        return _form(request, SignInForm(request), target, status=200, problem=late)
    form = SignInForm(request, request.POST)
    name = request.POST.get("username", "").replace("\x00", "")[:150]
    known = User.objects.filter(username=name).first()
    buckets = throttling.buckets_of(request, name, known)
    if full := throttling.take(buckets):
        signing.refuse(request, known, why=f"throttled: {full}")
        return _form(request, SignInForm(request), target, status=429, problem=TOO_MANY)
    if not form.is_valid():
        signing.refuse(request, known, why="password")
        return _form(request, form, target, status=422)
    throttling.give_back(buckets)
    return _after_password(request, form.get_user(), target)


TOO_LATE = "That took too long, or was not begun in this browser. Sign in again."
TOO_MANY = (
    "Too many tries under this name or from this place. Wait 15 minutes, then try again. "
    "A browser in which you have signed in before is not held up by others."
)


def _after_password(request: HttpRequest, user: User, target: str) -> HttpResponse:
    """No session yet, if there is a second factor or must be one."""
    pending.begin(request, user, target)
    if factors.kinds_of(user):
        return redirect("sign-in-code")
    if settings.REQUIRE_MFA:
        return redirect("sign-in-enrol")
    return entering.enter(request, user, how={"method": "password"})


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest) -> HttpResponse:
    """Prove once more that it is you, then go back to what needed it."""
    user, target = signing.person_of(request), own_path(request)
    form, status = AgainForm(user, request.POST or None), 200
    if request.method == "POST":
        bucket = throttling.factor_bucket(user)
        if throttling.take(bucket):
            form.add_error(None, second_factor.TOO_MANY)
            status = 429
        elif form.is_valid() and _proved(request, user, form):
            throttling.give_back(bucket)
            signing.confirm(request, user, how={"method": "password"})
            return redirect(target)
        else:
            status = 422
        signing.refuse(request, user, why="again")
    context = {
        "form": form,
        "next": target,
        "with_okta": bool(user.okta_id),
        "key_options": second_factor.key_options(user),
    }
    return render(request, "registration/again.html", context, status=status)


def _proved(request: HttpRequest, user: User, form: AgainForm) -> bool:
    """The second factor too, where the account has one."""
    if form.has_factor and not second_factor.proved_by(request, user, form):
        form.add_error(None, second_factor.WRONG)
        return False
    return True


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
    with_okta = False
    if isinstance(request.user, User):
        with_okta = bool(request.user.okta_id)
        signing.sign_out(request, request.user)
    messages.success(request, "You are signed out.")
    return redirect(f"{reverse('sign-in')}{'?out=okta' if with_okta else ''}")


def _still_open(request: HttpRequest) -> str:
    """Where to sign out of Okta too, for somebody who has just signed out here."""
    came = request.GET.get("out") == "okta" and okta_settings.configured()
    return okta_settings.sign_out_url() if came else ""


def _form(
    request: HttpRequest, form: SignInForm, target: str, status: int, problem: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "next": target,
        "problem": problem,
        "promise": keeping.promise_to(request),
        "with_okta": okta_settings.configured(),
        "okta_sign_out": _still_open(request),
    }
    return render(request, "registration/sign_in.html", context, status=status)
