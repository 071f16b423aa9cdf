"""What is sent after the end of a session is not done, and waits for its person."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from portal.models import KeptForm, User
from portal.roles import Role
from provisioning.approvals import policy
from tests.portal.accounts.factor_support import code, send_password, with_app
from tests.portal.accounts.support import age, person, signed_in
from tests.portal.kept.support import POLICY, WORDS, come_back, late, of

pytestmark = pytest.mark.django_db


def test_nothing_is_done_and_the_sign_in_page_says_what_becomes_of_it() -> None:
    client = signed_in(person())
    answer = late(client)
    assert answer["Location"] == "/sign-in/?next=/policy/"
    assert policy.current().four_eyes
    page = client.get(answer["Location"]).content.decode()
    assert "What you typed is kept for 30 minutes; sign in to go on." in page
    assert WORDS not in page


def test_signing_in_with_a_password_leads_to_it() -> None:
    user = person()
    client = signed_in(user)
    late(client)
    path = come_back(client)
    assert path == f"/kept/{of(user).code}/"
    page = client.get(path).content.decode()
    for text in ("Nothing was done with this form", WORDS, "Four eyes", "medium", 'href="/policy/"',
                 "from 127.0.0.1"):  # fmt: skip
        assert text in page, text


def test_signing_in_with_a_second_factor_leads_to_it(settings: Settings) -> None:
    settings.REQUIRE_MFA = True
    user = with_app()
    client = signed_in(user)
    late(client)
    send_password(client)
    answer = client.post("/sign-in/code/", {"code": code()})
    assert answer["Location"] == f"/kept/{of(user).code}/"


def test_setting_up_a_second_factor_leads_to_it(settings: Settings) -> None:
    settings.REQUIRE_MFA = True
    user = person()
    client = signed_in(user)
    late(client)
    send_password(client)
    secret = client.get("/sign-in/enrol/").context["secret"].replace(" ", "")
    page = client.post("/sign-in/enrol/", {"code": code(secret)}).content.decode()
    assert f'href="/kept/{of(user).code}/"' in page


def test_it_waits_in_another_browser_too_and_for_whoever_is_signed_in_again() -> None:
    user = person()
    late(signed_in(user))
    path = f"/kept/{of(user).code}/"
    assert come_back(Client()) == path
    assert signed_in(user).get("/sign-in/?next=/runs/")["Location"] == path


def test_a_page_that_asks_by_itself_may_end_the_session_before() -> None:
    user = person()
    client = signed_in(user)
    age(client, timedelta(minutes=20))
    polled = client.get("/runs/", headers={"hx-request": "true"})
    assert "HX-Redirect" in polled.headers
    late(client)
    assert of(user).sent.fields == [(name, [value]) for name, value in POLICY.items()]


def test_the_page_it_was_on_is_one_that_can_be_opened() -> None:
    """A form shown again with its mistakes stands at an address that only takes forms."""
    user = person()
    path = f"/users/{user.code}/change/"
    answer = late(signed_in(user), path, {"roles": "king", "active": "on", "reason": "None."})
    assert answer["Location"] == "/sign-in/?next=/"
    assert (of(user).sent.page, of(user).sent.address) == ("/", path)


def _take_a_role(user: User) -> None:
    user.groups.through.objects.filter(user_id=user.pk, group__name="operator").delete()


def _set_a_password(user: User) -> None:
    user.set_password("another long sentence")
    user.save()


@pytest.mark.parametrize("change", [_take_a_role, _set_a_password])
def test_whatever_ended_the_session(change: object) -> None:
    user = person(role=Role.OPERATOR)
    client = signed_in(user)
    assert callable(change)
    change(user)
    client.post("/rules/new/", {"name": "marketing-folders"})
    assert of(user).sent.fields == [("name", ["marketing-folders"])]


def test_the_newest_takes_the_place_of_another() -> None:
    user = person()
    client = signed_in(user)
    late(client)
    late(client, "/rules/new/", {"name": "marketing-folders"})
    assert of(user).sent.url_name == "rule-new"
    assert KeptForm.objects.count() == 1


def test_after_signing_out_nothing_is_kept() -> None:
    client = signed_in(person())
    client.post("/sign-out/")
    assert late(client).status_code == 302
    assert not KeptForm.objects.exists()


def test_nothing_is_kept_for_an_account_that_is_turned_off() -> None:
    user = person()
    client = signed_in(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    late(client)
    assert not KeptForm.objects.exists()


def test_a_stranger_leaves_nothing() -> None:
    answer = Client().post("/policy/", POLICY)
    assert answer["Location"].startswith("/sign-in/")
    assert not KeptForm.objects.exists()
    assert "is kept" not in Client().get("/sign-in/").content.decode()
