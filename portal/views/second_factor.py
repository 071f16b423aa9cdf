"""After the password: the second factor, or setting one up. Nobody is signed in here yet."""

import json

from allauth.mfa.webauthn.internal import auth as keys
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from portal.accounts import enrolling, entering, factors, pending, signing, throttling
from portal.actors import actor_of
from portal.forms.session import CodeForm, EnrolForm
from portal.kept import keeping
from portal.models import User

WRONG = "This code is not right, or was used before. Wait for the next one, and type that."
TOO_MANY = "Too many tries. Wait 15 minutes, then try again."


@never_cache
@sensitive_post_parameters("code", "credential")
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second factor of an account that has one."""
    user = pending.user_of(request)
    if user is None:
        return _begin_anew(request)
    form, status = CodeForm(request.POST or None), 200
    if request.method == "POST":
        bucket = throttling.factor_bucket(user)
        if throttling.take(bucket):
            return _refuse(request, user, form, TOO_MANY, "throttled: factor", status=429)
        if form.is_valid() and (kind := proved_by(request, user, form)):
            throttling.give_back(bucket)
            return entering.enter(request, user, how={"method": "password", "factor": kind})
        return _refuse(request, user, form, WRONG, "second factor", status=422)
    return _code_page(request, user, form, status=status)


@never_cache
@sensitive_post_parameters("code", "credential")
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Set up a second factor; an account without one gets no further."""
    user = pending.user_of(request)
    if user is None:
        return _begin_anew(request)
    if factors.kinds_of(user):
        return redirect("sign-in-code")
    form = EnrolForm(request.POST or None)
    if request.method != "POST":
        return _enrol_page(request, user, form, status=200)
    if throttling.take(throttling.factor_bucket(user)):
        form.add_error(None, TOO_MANY)
        return _enrol_page(request, user, form, status=429)
    if not form.is_valid() or not (kind := _added(request, user, form)):
        form.add_error(None, WRONG)
        return _enrol_page(request, user, form, status=422)
    return _welcome(request, user, kind)


def proved_by(request: HttpRequest, user: User, form: CodeForm) -> str:
    """Which factor the form's code or key is; nothing if it is none."""
    if credential := form.cleaned_data["credential"]:
        return "webauthn" if factors.check_key(user, credential) else ""
    return factors.check_code(user, form.cleaned_data["code"], actor=actor_of(request, user))


def key_options(user: User) -> str:
    """What the browser is to ask a security key, as JSON; empty for an account without one."""
    if factors.Kind.WEBAUTHN not in factors.kinds_of(user):
        return ""
    return json.dumps(keys.begin_authentication(user), default=dict)


def _begin_anew(request: HttpRequest) -> HttpResponse:
    return redirect(f"{reverse('sign-in')}?late=1")


def _refuse(
    request: HttpRequest, user: User, form: CodeForm, text: str, why: str, *, status: int
) -> HttpResponse:
    signing.refuse(request, user, why=why)
    form.add_error(None, text)
    return _code_page(request, user, form, status=status)


def _code_page(request: HttpRequest, user: User, form: CodeForm, *, status: int) -> HttpResponse:
    context = {"form": form, "key_options": key_options(user)}
    return render(request, "registration/code.html", context, status=status)


def _enrol_page(request: HttpRequest, user: User, form: CodeForm, *, status: int) -> HttpResponse:
    context = {
        "form": form,
        **enrolling.app_of(request, user),
        "key_options": enrolling.key_options(user),
    }
    return render(request, "registration/enrol.html", context, status=status)


def _added(request: HttpRequest, user: User, form: CodeForm) -> str:
    actor = actor_of(request, user)
    if credential := form.cleaned_data["credential"]:
        return "webauthn" if factors.add_key(user, credential, actor=actor) else ""
    done = factors.add_app(
        user, enrolling.secret_of(request), code=form.cleaned_data["code"], actor=actor
    )
    return "totp" if done else ""


def _welcome(request: HttpRequest, user: User, kind: str) -> HttpResponse:
    """Signed in; first the recovery codes, which are shown this once."""
    throttling.give_back(throttling.factor_bucket(user))
    codes = factors.new_recovery_codes(user, actor=actor_of(request, user))
    enrolling.forget(request)
    target = keeping.way_in(user, pending.target_of(request))
    context = {"codes": codes, "next": target}
    page = render(request, "registration/recovery_codes.html", context)
    return entering.enter(request, user, how={"method": "password", "factor": kind}, response=page)
