"""The account of the person who looks: how they are signed in, and what they change about it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from portal.accounts import (
    enrolling,
    factors,
    open_sessions,
    own,
    own_factors,
    signing,
    throttling,
)
from portal.actors import actor_of
from portal.forms.account import AppForm, KeyForm, NameForm, PasswordForm
from portal.models import User
from portal.roles import Permission, may, roles_of
from portal.views import second_factor

View = Callable[..., HttpResponse]
NO_KEY = "The key did not answer as it should, or is yours already. Try again."


def _of_local_account(view: View) -> View:
    """What Okta keeps cannot be changed here."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = signing.person_of(request)
        if user.okta_id:
            messages.info(request, "Okta keeps your password and factors. Change them there.")
            return redirect("account")
        return view(request, user, *args, **kwargs)

    return checked


def account(request: HttpRequest) -> HttpResponse:
    user = signing.person_of(request)
    held = own_factors.of(user)
    context = {
        "standing": own.standing_of(request, user),
        "roles": sorted(roles_of(user)),
        "makes_tokens": may(user, Permission.MAKE_TOKENS),
        "factors": [one for one in held if one.kind != factors.Kind.RECOVERY_CODES],
        "recovery": next((one for one in held if one.kind == factors.Kind.RECOVERY_CODES), None),
        "has_app": any(one.kind == factors.Kind.TOTP for one in held),
    }
    return render(request, "account/account.html", context)


@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    count = open_sessions.end_others(request, signing.person_of(request))
    said = f"{count} other session{'' if count == 1 else 's'} ended." if count else "None was open."
    messages.success(request, f"{said} You stay signed in here.")
    return redirect("account")


@never_cache
@sensitive_post_parameters()
@_of_local_account
def password(request: HttpRequest, user: User) -> HttpResponse:
    form, status = PasswordForm(user, _sent(request)), 200
    if request.method == "POST":
        bucket = throttling.factor_bucket(user)
        if throttling.take(bucket):
            signing.refuse(request, user, why="throttled: own password")
            form.add_error(None, second_factor.TOO_MANY)
            return render(request, "account/password.html", {"form": form}, status=429)
        if "old_password" in form.errors:
            signing.refuse(request, user, why="own password")
        else:
            throttling.give_back(bucket)
        if form.is_valid():
            own.change_password(request, user, form.cleaned_data["new_password1"])
            messages.success(request, "Your password was changed. Your other sessions are over.")
            return redirect("account")
        status = 422
    return render(request, "account/password.html", {"form": form}, status=status)


@never_cache
@sensitive_post_parameters("code")
@_of_local_account
def app(request: HttpRequest, user: User) -> HttpResponse:
    """Set up an app that shows codes, in the place of the one there is."""
    form, status = AppForm(_sent(request)), 200
    if request.method == "POST":
        if form.is_valid() and own.add_app(request, user, form.cleaned_data["code"]):
            return _added(request, user, "Your app was set up.")
        if not form.errors:
            form.add_error("code", second_factor.WRONG)
        status = 422
    replaces = factors.Kind.TOTP in factors.kinds_of(user)
    context = {"form": form, "replaces": replaces, **enrolling.app_of(request, user)}
    return render(request, "account/app.html", context, status=status)


@never_cache
@sensitive_post_parameters("credential")
@_of_local_account
def key(request: HttpRequest, user: User) -> HttpResponse:
    """Add a security key."""
    form, status = KeyForm(_sent(request)), 200
    if own_factors.keys_of(user) >= own_factors.MOST_KEYS:
        messages.warning(request, "You have as many keys as there may be. Remove one first.")
        return redirect("account")
    if request.method == "POST":
        if form.is_valid() and own.add_key(request, user, **form.cleaned_data):
            return _added(request, user, "Your security key was added.")
        form.add_error(None, NO_KEY)
        status = 422
    context = {"form": form, "key_options": enrolling.key_options(user)}
    return render(request, "account/key.html", context, status=status)


@_of_local_account
def key_rename(request: HttpRequest, user: User, code: str) -> HttpResponse:
    found = own_factors.find(user, code)
    if found is None or not found.has_name:
        raise Http404
    form, status = NameForm(_sent(request), initial={"name": found.name}), 200
    if request.method == "POST":
        if form.is_valid():
            own_factors.rename(user, code, form.cleaned_data["name"], actor=actor_of(request))
            messages.success(request, "Renamed.")
            return redirect("account")
        status = 422
    return render(request, "account/rename.html", {"form": form, "factor": found}, status=status)


@_of_local_account
def factor_remove(request: HttpRequest, user: User, code: str) -> HttpResponse:
    found = own_factors.find(user, code)
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            own.remove_factor(request, user, code)
        except own_factors.CannotRemove as problem:
            messages.error(request, f"Nothing was removed. {problem}")
        else:
            messages.success(request, f"{found.name} was removed. Your other sessions are over.")
        return redirect("account")
    context = {"factor": found, "stays": own_factors.may_go(user, code)}
    return render(request, "account/remove.html", context)


@never_cache
@_of_local_account
def recovery(request: HttpRequest, user: User) -> HttpResponse:
    """New recovery codes in the place of the former; the answer to the POST alone shows them."""
    if not factors.kinds_of(user):
        messages.info(request, "Recovery codes stand in for a second factor. Add one first.")
        return redirect("account")
    if request.method == "POST":
        return _show_codes(request, user)
    return render(request, "account/recovery.html", {})


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _added(request: HttpRequest, user: User, said: str) -> HttpResponse:
    """Back to the account; with the first factor come recovery codes."""
    if factors.Kind.RECOVERY_CODES not in {one.kind for one in own_factors.of(user)}:
        return _show_codes(request, user)
    messages.success(request, f"{said} Your other sessions are over.")
    return redirect("account")


def _show_codes(request: HttpRequest, user: User) -> HttpResponse:
    context = {"codes": own.new_recovery_codes(request, user), "next": reverse("account")}
    return render(request, "registration/recovery_codes.html", context)
