"""Accounts as the pages about them show them: roles, second factors, sessions, and why they may do
what they may."""

from collections.abc import Collection, Mapping, Sequence

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet

from portal.accounts.factors import Kind
from portal.models import User
from portal.roles import GRANTS, Permission, Role

#: What the pages call the kinds of second factors.
FACTORS: Mapping[str, str] = {Kind.TOTP: "app", Kind.WEBAUTHN: "security key"}


def accounts() -> QuerySet[User]:
    """With `held_roles`, and `factors`: the kinds of second factors that Sluice itself asks for.
    Recovery codes alone are none."""
    held = Group.objects.filter(user=OuterRef("pk")).order_by("name").values("name")
    factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Kind.RECOVERY_CODES)
    return User.objects.annotate(
        held_roles=ArraySubquery(held),
        factors=ArraySubquery(factors.order_by("type").values("type").distinct()),
    )


def emergencies() -> QuerySet[User]:
    """The accounts kept for the day when Okta cannot be reached."""
    return User.objects.filter(break_glass=True).order_by("username")


def factors_in_words(kinds: Collection[str]) -> str:
    return ", ".join(word for kind, word in FACTORS.items() if kind in kinds)


def permissions_of(roles: Collection[Role]) -> Sequence[tuple[str, str]]:
    """What these roles allow, each with the roles that do."""
    found = {one: sorted(GRANTS[one] & set(roles)) for one in Permission if one in GRANTS}
    return [(one.value, " and ".join(why)) for one, why in found.items() if why]


def holders() -> Mapping[str, int]:
    """How many accounts that may sign in hold each role."""
    active = Count("user", filter=Q(user__is_active=True))
    return dict(Group.objects.annotate(held=active).values_list("name", "held"))
