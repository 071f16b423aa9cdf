"""Signing in and out with a local account."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts import signing
from portal.forms.session import AgainForm, SignInForm
from portal.models import User
from portal.own_paths import own_path


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
    context = {"form": form, "next": target}
    status = 422 if form.errors else 200
    return render(request, "registration/again.html", context, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, User):
        signing.sign_out(request, request.user)
    messages.success(request, "You are signed out.")
    return redirect("sign-in")


def _form(request: HttpRequest, form: SignInForm, target: str, status: int) -> HttpResponse:
    context = {"form": form, "next": target}
    return render(request, "registration/sign_in.html", context, status=status)
