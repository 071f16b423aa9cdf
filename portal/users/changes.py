"""Changing what an account may do. With four eyes another person decides, and it is a new look at
the account that is changed: a request made for other roles than it holds by then is void."""

from dataclasses import dataclass
from typing import Any, Unpack

from django.contrib.auth.models import Group
from django.db import transaction

from audit import trail
from portal.accounts import owners
from portal.identity import identity_of
from portal.models import User
from portal.roles import Role
from provisioning.approvals import policy, requests
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import Decided, Said

KIND = "role"
#: What an account may do decides over everything else, so nothing about it is of low risk.
RISK = Approval.Risk.HIGH


class CannotChange(Exception):  # noqa: N818
    """This cannot be asked for or done; the message says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account may do: its roles, and whether it may sign in at all."""

    roles: frozenset[Role]
    active: bool

    def plain(self) -> dict[str, Any]:
        return {"roles": sorted(self.roles), "active": self.active}


def standing_of(user: User) -> Standing:
    known = {role.value for role in Role}
    names = user.groups.values_list("name", flat=True)
    return Standing(frozenset(Role(name) for name in names if name in known), user.is_active)


@transaction.atomic
def change(user: User, after: Standing, *, reason: str, actor: trail.Actor) -> Approval | None:
    """Ask for other roles, or for the account to be turned on; None where it is done at once.

    Taking everything away never waits: an account can be turned off by one person.
    Raises CannotChange.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    before = standing_of(user)
    _check(user, before, after, reason)
    takes_away = after.roles <= before.roles and (before.active or not after.active)
    if takes_away or not policy.second_person_needed(RISK):
        _void(user, actor)
        _apply(user, before, after, reason=reason, actor=actor)
        return None
    return requests.ask(
        requests.Ask(
            kind=KIND,
            object_kind="user",
            object_code=user.code,
            title=_title(user, before, after),
            content=_content(user, before, after),
            risk=RISK,
            author_identity=identity_of(user),
            reason=reason,
        ),
        actor=actor,
    )


@transaction.atomic
def decide(
    approval: Approval,
    *,
    actor: trail.Actor,
    **said: Unpack[Said],
) -> Decided:
    """Record a decision, and change the account if it was the last one needed.

    Raises requests.CannotDecide, also where the account has changed since it was asked for.
    """
    user = User.objects.select_for_update().get(code=approval.object_code)
    before = standing_of(user)
    after = _after(approval)
    if requests.digest_of(_content(user, before, after)) != approval.digest:
        raise requests.CannotDecide("The account has changed since this was asked for. Ask anew.")
    decided = requests.decide(approval, actor=actor, **said)
    if decided.state == Approval.State.APPROVED:
        _apply(user, before, after, reason=approval.reason, actor=actor, approval=decided.code)
    return Decided(decided)


def open_request(user: User) -> Approval | None:
    return Approval.objects.open().about("user", user.code).first()


def _check(user: User, before: Standing, after: Standing, reason: str) -> None:
    if before == after:
        raise CannotChange("Nothing would change: choose other roles, or turn the account off.")
    if not reason.strip():
        raise CannotChange("Say why, in a sentence: it goes to the audit log.")
    if Role.AUDITOR in after.roles and len(after.roles) > 1:
        raise CannotChange("An auditor holds no other role. Choose auditor alone, or the others.")
    loses_admin = (
        Role.ADMIN in before.roles
        and before.active
        and not (Role.ADMIN in after.roles and after.active)
    )
    if not loses_admin:
        return
    # Two administrators who take the role from each other at once wait for one another here.
    list(Group.objects.select_for_update(no_key=True).filter(name=Role.ADMIN))
    others = User.objects.filter(groups__name=Role.ADMIN, is_active=True).exclude(pk=user.pk)
    if not others.exists():
        raise CannotChange("This is the last administrator. Give somebody else the role first.")


def _apply(
    user: User,
    before: Standing,
    after: Standing,
    *,
    reason: str,
    actor: trail.Actor,
    approval: str = "",
) -> None:
    # An auditor's role goes before another comes: the database lets nobody hold both.
    user.groups.remove(*Group.objects.filter(name__in=before.roles - after.roles))
    user.groups.add(*(Group.objects.get_or_create(name=name)[0] for name in after.roles))
    User.objects.filter(pk=user.pk).update(is_active=after.active)
    trail.record(
        "user.roles_changed",
        actor=actor,
        obj=trail.Object("user", user.code, user.username),
        data={
            "before": before.plain(),
            "after": after.plain(),
            "reason": reason.strip(),
            "approval": approval,
        },
    )
    owners.tell(user, _told(after), actor=actor)


def _told(after: Standing) -> str:
    if not after.active:
        return "Your account was turned off"
    roles = " and ".join(sorted(after.roles))
    return f"What your account may do was changed; it is now {roles or 'nothing'}"


def _void(user: User, actor: trail.Actor) -> None:
    requests.void("user", user.code, because="The account was changed meanwhile.", actor=actor)


def _content(user: User, before: Standing, after: Standing) -> dict[str, Any]:
    return {
        "account": {"code": user.code, "name": user.username},
        "before": before.plain(),
        "after": after.plain(),
    }


def _after(approval: Approval) -> Standing:
    after = approval.content["after"]
    return Standing(frozenset(Role(name) for name in after["roles"]), bool(after["active"]))


def _title(user: User, before: Standing, after: Standing) -> str:
    gained = [*sorted(after.roles - before.roles)]
    if gained:
        return f"Give {user.username} the role {' and '.join(gained)}"
    return f"Let {user.username} sign in again"
