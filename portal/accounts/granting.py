"""Giving roles and taking them away."""

from collections.abc import Collection

from django.contrib.auth.models import Group
from django.db import transaction

from audit import trail
from portal.accounts.subjects import subject
from portal.models import User
from portal.roles import Role


class RolesRefusedError(Exception):
    """These roles may not be held together; the message is the sentence to show."""


def check_together(roles: Collection[Role]) -> None:
    """Raises RolesRefusedError. The database refuses it too (migration 0003)."""
    if Role.AUDITOR in roles and len(roles) > 1:
        others = ", ".join(sorted(role.value for role in roles if role is not Role.AUDITOR))
        raise RolesRefusedError(
            f"An auditor holds no other role, but {others} was to be held beside it. "
            "Take one of them away."
        )


@transaction.atomic
def set_roles(user: User, roles: Collection[Role], *, actor: trail.Actor) -> bool:
    """Make these the account's only roles; whether anything changed.

    Taking one away ends the account's sessions. Raises RolesRefusedError.
    """
    check_together(roles)
    User.objects.select_for_update().get(pk=user.pk)
    held = set(user.groups.values_list("name", flat=True)) & {role.value for role in Role}
    wanted = {role.value for role in roles}
    if held == wanted:
        return False
    user.groups.remove(*Group.objects.filter(name__in=held - wanted))
    user.groups.add(*(Group.objects.get_or_create(name=name)[0] for name in wanted - held))
    trail.record(
        "user.roles_changed",
        actor=actor,
        obj=subject(user),
        data={"before": sorted(held), "after": sorted(wanted)},
    )
    return True
