"""Accounts and roles as an administrator sees and changes them."""

import pytest
from django.urls import reverse

from portal.models import User
from portal.roles import Role
from portal.users import changes
from provisioning.approvals.models import Approval
from tests.support.factories import client_of, make_user

pytestmark = pytest.mark.django_db


def change(by: User, user: User, **fields: object) -> tuple[int, str]:
    given = {"roles": ["operator"], "active": "on", "reason": "New job.", **fields}
    answer = client_of(by).post(reverse("user-change", args=[user.code]), given, follow=True)
    return answer.status_code, answer.content.decode()


def test_the_list_names_everybody_with_their_roles() -> None:
    ana = make_user(Role.OPERATOR, "ana")
    page = client_of(make_user(Role.ADMIN, "root")).get(reverse("user-list")).content.decode()
    assert reverse("user-detail", args=[ana.code]) in page
    assert "operator" in page


@pytest.mark.parametrize(("query", "found"), [
    ("role=operator", {"ana"}), ("role=none", {"nobody"}), ("state=off", {"gone"}),
    ("q=an", {"ana"}),
])  # fmt: skip
def test_the_list_is_filtered_by_its_address(query: str, found: set[str]) -> None:
    for name, role in (("ana", Role.OPERATOR), ("nobody", None)):
        make_user(role, name)
    gone = make_user(Role.AUDITOR, "gone")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    answer = client_of(make_user(Role.ADMIN, "root")).get(f"{reverse('user-list')}?{query}")
    assert {user.username for user in answer.context["page"].rows} == found


def test_giving_a_role_says_that_another_person_must_agree() -> None:
    ana = make_user(Role.OPERATOR, "ana")
    status, page = change(make_user(Role.ADMIN), ana, roles=["operator", "approver"])
    assert status == 200
    assert "another person must agree" in page
    assert Approval.objects.open().get().object_code == ana.code


def test_what_cannot_be_is_said_beside_what_was_typed() -> None:
    ana = make_user(Role.OPERATOR, "ana")
    status, page = change(make_user(Role.ADMIN), ana, roles=["auditor", "admin"])
    assert status == 422
    assert "An auditor holds no other role" in page


def test_fields_that_are_not_of_the_form_do_nothing() -> None:
    """S22."""
    ana = make_user(Role.OPERATOR, "ana")
    change(make_user(Role.ADMIN), ana, roles=[], is_superuser="1", is_staff="1", state="approved",
           approved_by="me", code="X")  # fmt: skip
    kept = User.objects.get(pk=ana.pk)
    assert (kept.is_superuser, kept.is_staff, kept.code) == (False, False, ana.code)
    assert changes.standing_of(kept).roles == set()


def test_an_auditor_sees_who_holds_what_and_changes_nothing() -> None:
    ana, auditor = make_user(Role.OPERATOR, "ana"), make_user(Role.AUDITOR)
    page = client_of(auditor).get(reverse("user-detail", args=[ana.code])).content.decode()
    assert "Change the account" not in page
    assert "Admins can change accounts" in page
    assert change(auditor, ana, roles=[])[0] == 403


def test_the_table_of_roles_is_the_one_that_lets_requests_in() -> None:
    page = client_of(make_user(Role.OPERATOR)).get(reverse("role-list")).content.decode()
    assert "Change accounts and roles" in page


def test_an_approver_sees_what_the_account_would_gain_and_gives_it() -> None:
    ana = make_user(Role.OPERATOR, "ana")
    change(make_user(Role.ADMIN), ana, roles=["operator", "approver"])
    code = Approval.objects.open().get().code
    approver = client_of(make_user(Role.APPROVER))
    page = approver.get(reverse("approval-detail", args=[code]))
    assert "Gets the role <b>approver</b>" in page.content.decode()
    given = {"verdict": "approve", "digest": page.context["approval"].digest, "reason": ""}
    approver.post(reverse("approval-decide", args=[code]), given)
    assert changes.standing_of(ana).roles == {Role.OPERATOR, Role.APPROVER}
