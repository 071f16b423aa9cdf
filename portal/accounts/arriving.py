"""Somebody comes back from Okta: who they are here, and what they may do.

The account is found by `sub` and nothing else. A mail address joins no accounts: whoever can set
one in Okta could otherwise take over an administrator's account.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from audit import trail
from portal.accounts import granting, okta_settings, signing
from portal.accounts.id_tokens import LEEWAY
from portal.accounts.refused import refused
from portal.accounts.subjects import subject
from portal.actors import actor_of
from portal.kept import keeping
from portal.models import User
from portal.roles import Role

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Arrival:
    """The account of whoever came, and why they may not enter, if so."""

    user: User | None
    title: str = ""
    text: str = ""


def arrive(request: HttpRequest, claims: Claims, state: Mapping[str, Any]) -> HttpResponse:
    """Sign them in, or show why not."""
    begun = state.get("data") or {}
    if begun.get("again") and (problem := _not_again(request, claims, begun)):
        title = "This was not confirmed"
        return refused(request, why=f"okta: {problem}", title=title, text=[problem])
    found = _settle(request, claims)
    if found.user is None or found.title:
        help_text = "Ask an administrator of your Okta org, then sign in again."
        return refused(
            request,
            user=found.user,
            why=f"okta: {found.title}",
            title=found.title,
            text=[found.text, help_text],
            status=403,
        )
    target = state.get("next") or reverse("overview")
    how = {"method": "okta", "amr": [str(one)[:40] for one in claims.get("amr") or ()][:10]}
    if begun.get("again"):
        signing.confirm(request, found.user, how=how)
    else:
        signing.sign_in(request, found.user, how=how)
        keeping.came_back(request)
        target = keeping.way_in(found.user, target)
    return redirect(target)


def _not_again(request: HttpRequest, claims: Claims, begun: Mapping[str, Any]) -> str:
    if not isinstance(request.user, User) or request.user.okta_id != claims["sub"]:
        return "Somebody else signed in to Okta than is signed in here."
    if not isinstance(claims.get("auth_time"), int | float):
        return "Okta did not say when you signed in there."
    if claims["auth_time"] < begun["began"] - LEEWAY:
        return "Okta did not ask for your password again."
    return ""


@transaction.atomic
def _settle(request: HttpRequest, claims: Claims) -> Arrival:
    """Find or make the account, and give it exactly the roles that the claim names."""
    groups = claims.get("groups")
    names = [name for name in groups if isinstance(name, str)] if isinstance(groups, list) else []
    roles = okta_settings.roles_of_groups(names)
    user = User.objects.select_for_update().filter(okta_id=claims["sub"]).first()
    if not roles:
        return _without(user, request, "You have no access here", _NO_GROUP)
    try:
        granting.check_together(roles)
    except granting.RolesRefusedError as error:
        return _without(user, request, "Your groups contradict each other", str(error))
    if user is None:
        user = _make(request, claims)
    if not user.is_active:
        return Arrival(user, "Your account is turned off", "It was turned off in Sluice itself.")
    _learn(user, claims)
    granting.set_roles(user, roles, actor=actor_of(request, user))
    return Arrival(user)


_NO_GROUP = "Okta knows you, but none of your groups there has a role in Sluice."


def _without(user: User | None, request: HttpRequest, title: str, text: str) -> Arrival:
    """What the claim does not give is taken away from an account that had it."""
    if user is not None:
        nothing: tuple[Role, ...] = ()
        granting.set_roles(user, nothing, actor=actor_of(request, user))
    return Arrival(user, title, text)


def _make(request: HttpRequest, claims: Claims) -> User:
    user = User(username=_free_name(claims), okta_id=claims["sub"])
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:  # the same person in two windows at once
        return User.objects.select_for_update().get(okta_id=claims["sub"])
    trail.record(
        "user.created",
        actor=actor_of(request, user),
        obj=subject(user),
        data={"by": "okta", "okta_id": user.okta_id},
    )
    return user


def _free_name(claims: Claims) -> str:
    """Their login, unless a local account has that name: it stays that account's."""
    login = str(claims.get("preferred_username") or claims["sub"])[:100]
    taken = User.objects.filter(username__iexact=login).exists()
    return f"{login} ({claims['sub']})"[:150] if taken else login


def _learn(user: User, claims: Claims) -> None:
    """Names and mail address as Okta has them now; an address it did not verify is not kept."""
    user.first_name = str(claims.get("given_name") or "")[:150]
    user.last_name = str(claims.get("family_name") or "")[:150]
    verified = claims.get("email_verified") is True
    user.email = str(claims.get("email") or "")[:254] if verified else ""
    user.save(update_fields=["first_name", "last_name", "email"])
