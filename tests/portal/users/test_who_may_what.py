"""Who can do what here: second factors, what is unused, permissions with their reason."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from portal.accounts.factors import Kind
from portal.models import User
from portal.roles import GRANTS, Role
from provisioning.clocks import database_now
from tests.support.factories import client_of, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> None:
    """With an app, with Okta, with recovery codes only, and one for emergencies; the last two were
    here long ago or never."""
    for name in ("app", "okta", "codes", "glass"):
        make_user(Role.OPERATOR, name)
    User.objects.filter(username="okta").update(okta_id="00uokta")
    User.objects.filter(username="glass").update(break_glass=True, last_login=None)
    for name, kind in (("app", Kind.TOTP), ("codes", Kind.RECOVERY_CODES)):
        user = User.objects.get(username=name)
        Authenticator.objects.create(user=user, type=kind, data={})
    now = database_now()
    User.objects.filter(username__in=["app", "okta"]).update(last_login=now - timedelta(days=89))
    User.objects.filter(username="codes").update(last_login=now - timedelta(days=91))


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(("query", "found"), [
    ("mfa=here", {"app"}), ("mfa=okta", {"okta"}), ("mfa=off", {"codes", "glass"}),
    ("mfa=okta&mfa=here", {"app", "okta"}), ("used=lately", {"app", "okta"}),
    ("used=long+ago", {"codes"}), ("used=never", {"glass"}), ("mfa=off&used=never", {"glass"}),
])  # fmt: skip
def test_the_list_tells_who_is_not_guarded_and_who_is_not_here(query: str, found: set[str]) -> None:
    root = client_of(make_user(Role.ADMIN, "root"))
    page = root.get(f"{reverse('user-list')}?{query}").context["page"]
    assert {user.username for user in page.rows} - {"root"} == found


@pytest.mark.usefixtures("people")
def test_accounts_for_emergencies_stand_first_with_their_last_use() -> None:
    page = client_of(make_user(Role.ADMIN, "root")).get(reverse("user-list")).content.decode()
    above = page[: page.index("<table")]
    assert ">glass</a>" in above
    assert "never used" in above


def test_each_permission_of_an_account_names_the_roles_that_give_it() -> None:
    ana = make_user(Role.OPERATOR, "ana")
    page = client_of(make_user(Role.ADMIN, "root")).get(reverse("user-detail", args=[ana.code]))
    told = dict(page.context["permissions"])
    assert told == {one.value: "operator" for one, held in GRANTS.items() if Role.OPERATOR in held}
    User.objects.filter(pk=ana.pk).update(is_active=False)
    page = client_of(make_user(Role.ADMIN, "sam")).get(reverse("user-detail", args=[ana.code]))
    assert page.context["permissions"] == []


def test_the_table_of_roles_says_how_many_hold_each_and_leads_to_them() -> None:
    for name in ("ana", "bo"):
        make_user(Role.OPERATOR, name)
    User.objects.filter(pk=make_user(Role.OPERATOR, "gone").pk).update(is_active=False)
    page = client_of(make_user(Role.ADMIN, "root")).get(reverse("role-list"))
    assert dict(page.context["holders"]) == {
        Role.ADMIN: 1, Role.OPERATOR: 2, Role.APPROVER: 0, Role.AUDITOR: 0,
    }  # fmt: skip
    assert "?role=operator&amp;state=on" in page.content.decode()
    page = client_of(User.objects.get(username="ana")).get(reverse("role-list"))
    assert "?role=operator" not in page.content.decode()
