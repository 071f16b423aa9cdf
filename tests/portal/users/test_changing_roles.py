"""Roles change by two people, or by one where something is only taken away."""

import pytest

from audit.models import Entry
from audit.trail import Actor
from portal.identity import identity_of
from portal.models import User
from portal.roles import Role
from portal.users import changes
from portal.users.changes import CannotChange, Standing
from provisioning.approvals import policy
from provisioning.approvals.models import Approval
from provisioning.approvals.requests import CannotDecide
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


def actor_for(user: User) -> Actor:
    return Actor("user", user.code, user.username, "127.0.0.1", person=identity_of(user))


def ask(user: User, roles: set[Role], by: User, *, active: bool = True) -> Approval | None:
    after = Standing(frozenset(roles), active)
    return changes.change(user, after, reason="New job.", actor=actor_for(by))


def decide(approval: Approval, by: User, verdict: str = "approve") -> Approval:
    decided = changes.decide(
        approval,
        verdict=verdict,
        digest=approval.digest,
        reason="Checked.",
        roles=[role.value for role in changes.standing_of(by).roles],
        actor=actor_for(by),
    )
    return decided.approval


def roles_of(user: User) -> set[str]:
    return {role.value for role in changes.standing_of(User.objects.get(pk=user.pk)).roles}


def test_a_role_is_given_only_after_somebody_else_agrees() -> None:
    admin, ana, approver = make_user(Role.ADMIN), make_user(Role.OPERATOR), make_user(Role.APPROVER)
    asked = ask(ana, {Role.OPERATOR, Role.APPROVER}, admin)
    assert asked is not None
    assert roles_of(ana) == {"operator"}
    decide(asked, approver)
    assert roles_of(ana) == {"operator", "approver"}
    entry = Entry.objects.get(verb="user.roles_changed")
    assert entry.data["approval"] == asked.code


def test_nobody_agrees_to_their_own_role() -> None:
    """S26: neither who asks nor whom it is about."""
    admin, approver = make_user(Role.ADMIN), make_user(Role.APPROVER)
    asked = ask(approver, {Role.APPROVER, Role.ADMIN}, admin)
    assert asked is not None
    with pytest.raises(CannotDecide):
        decide(asked, approver)
    assert roles_of(approver) == {"approver"}


def test_a_rejected_request_changes_nothing() -> None:
    ana = make_user(Role.OPERATOR)
    asked = ask(ana, {Role.ADMIN}, make_user(Role.ADMIN))
    assert asked is not None
    decide(asked, make_user(Role.APPROVER), "reject")
    assert roles_of(ana) == {"operator"}


def test_taking_a_role_away_is_done_at_once() -> None:
    ana = make_user(Role.OPERATOR)
    assert ask(ana, set(), make_user(Role.ADMIN)) is None
    assert roles_of(ana) == set()


def test_turning_an_account_off_is_done_at_once_and_on_again_is_asked_for() -> None:
    admin, ana = make_user(Role.ADMIN), make_user(Role.OPERATOR)
    assert ask(ana, {Role.OPERATOR}, admin, active=False) is None
    assert not User.objects.get(pk=ana.pk).is_active
    asked = ask(ana, {Role.OPERATOR}, admin)
    assert asked is not None
    assert asked.title == f"Let {ana.username} sign in again"


def test_a_request_is_void_once_the_account_has_changed() -> None:
    """S27."""
    admin, ana = make_user(Role.ADMIN), make_user(Role.OPERATOR)
    asked = ask(ana, {Role.ADMIN}, admin)
    assert asked is not None
    ask(ana, set(), admin)
    with pytest.raises(CannotDecide):
        decide(asked, make_user(Role.APPROVER))
    assert roles_of(ana) == set()


def test_an_auditor_holds_no_other_role() -> None:
    """S24."""
    with pytest.raises(CannotChange, match="holds no other role"):
        ask(make_user(Role.AUDITOR), {Role.AUDITOR, Role.OPERATOR}, make_user(Role.ADMIN))


def test_the_last_administrator_stays() -> None:
    admin = make_user(Role.ADMIN)
    with pytest.raises(CannotChange, match="last administrator"):
        ask(admin, {Role.OPERATOR}, admin)
    make_user(Role.ADMIN)
    assert ask(admin, set(), admin) is None


def test_four_eyes_switched_off_does_not_reach_roles() -> None:
    admin, ana = make_user(Role.ADMIN), make_user(Role.OPERATOR)
    policy.change(four_eyes=False, needed_from="high", actor=actor_for(admin))
    assert ask(ana, {Role.ADMIN}, admin) is not None


def test_a_change_needs_a_reason_and_a_difference() -> None:
    admin, ana = make_user(Role.ADMIN), make_user(Role.OPERATOR)
    after = Standing(frozenset({Role.ADMIN}), True)
    with pytest.raises(CannotChange, match="Say why"):
        changes.change(ana, after, reason=" ", actor=actor_for(admin))
    with pytest.raises(CannotChange, match="Nothing would change"):
        ask(ana, {Role.OPERATOR}, admin)
