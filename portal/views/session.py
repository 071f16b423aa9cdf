"""Signing in and out with a local account. Each try is an entry of the trail."""

from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from audit import trail
from portal.actors import actor_of
from portal.forms.session import SignInForm
from portal.models import User


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
        _record_refusal(request, form.cleaned_data.get("username", ""))
        return _form(request, form, target, status=422)
    user = form.get_user()
    with transaction.atomic():
        subject = trail.Object("user", user.code, user.username)
        trail.record("user.signed_in", actor=actor_of(request, user), obj=subject)
        auth.login(request, user)
    return redirect(target)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    user = request.user
    if isinstance(user, User):
        with transaction.atomic():
            subject = trail.Object("user", user.code, user.username)
            trail.record("user.signed_out", actor=actor_of(request), obj=subject)
            auth.logout(request)
    return redirect("sign-in")


def own_path(request: HttpRequest) -> str:
    """The path in `next` if it is one of ours, else the overview: never another host."""
    path = request.POST.get("next") or request.GET.get("next", "")
    hosts, secure = {request.get_host()}, request.is_secure()
    if path.startswith("/") and url_has_allowed_host_and_scheme(path, hosts, secure):
        return path
    return reverse("overview")


def _form(request: HttpRequest, form: SignInForm, target: str, status: int) -> HttpResponse:
    context = {"form": form, "next": target}
    return render(request, "registration/sign_in.html", context, status=status)


def _record_refusal(request: HttpRequest, name: str) -> None:
    """Name the account only if there is one: what was typed as a name may be a password."""
    user = User.objects.filter(username=name).first()
    subject = trail.Object("user", user.code if user else "unknown", user.username if user else "")
    with transaction.atomic():
        trail.record(
            "user.sign_in_refused", actor=actor_of(request), obj=subject, outcome="refused"
        )
