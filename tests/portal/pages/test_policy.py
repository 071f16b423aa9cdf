"""Four eyes: who may switch it off, how far, and where it is said."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from audit.models import Entry
from portal.accounts.session_store import FRESH
from portal.roles import Role
from provisioning.approvals import policy
from tests.portal.accounts.support import age
from tests.support.factories import client_of, make_rule, make_user

pytestmark = pytest.mark.django_db

OFF = "Four eyes is off below high risk"


def switch_off(reason: str = "A team of one.", to: str = "high") -> int:
    client = client_of(make_user(Role.ADMIN))
    return client.post("/policy/", {"four_eyes": to, "reason": reason}).status_code


def test_an_admin_switches_it_off_with_a_reason() -> None:
    assert switch_off("") == 422
    assert policy.current().four_eyes
    assert switch_off() == 302
    assert not policy.current().four_eyes
    entry = Entry.objects.get(verb="policy.changed")
    assert entry.data["reason"] == "A team of one."


def test_high_risk_is_never_exempt() -> None:
    assert switch_off(to="low") == 422
    switch_off()
    assert policy.second_person_needed("high")
    assert not policy.second_person_needed("medium")


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.APPROVER, Role.AUDITOR])
def test_others_only_read_it(role: Role) -> None:
    client = client_of(make_user(role))
    page = client.get("/policy/").content.decode()
    assert "A second person is always needed." in page
    assert "Admins can change it." in page
    assert client.post("/policy/", {"four_eyes": "high", "reason": "x"}).status_code == 403
    assert policy.current().four_eyes


def test_it_needs_a_sign_in_of_the_last_minutes() -> None:
    client = client_of(make_user(Role.ADMIN))
    age(client, timedelta(minutes=11), FRESH)
    answer = client.post("/policy/", {"four_eyes": "high", "reason": "x"})
    assert answer["Location"].startswith("/sign-in/again/")
    assert policy.current().four_eyes


def test_pages_and_exports_say_that_it_is_off() -> None:
    rule = make_rule()
    client = client_of(make_user(Role.AUDITOR))
    places = ("/rules/", f"/rules/{rule.name}/", "/approvals/", "/policy/")
    assert not any(OFF in client.get(place).content.decode() for place in places)
    switch_off()
    assert all(OFF in client.get(place).content.decode() for place in places)
    assert exported().startswith(f"# {OFF}.\nname: {rule.name}")


def exported() -> str:
    out = StringIO()
    call_command("rules", "export", stdout=out)
    return out.getvalue()
