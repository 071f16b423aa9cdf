"""The page of one's own account: who one is, how one is signed in, and ending other sessions."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from audit.models import Entry
from portal.accounts.session_store import FRESH, SEEN, SessionStore
from portal.models import OpenSession, User
from portal.roles import Role
from provisioning.clocks import database_now
from tests.portal.accounts.factor_support import code, send_password, with_app
from tests.portal.accounts.okta_support import MAYA, Okta, browser
from tests.portal.accounts.support import age, is_in, person, signed_in

pytestmark = pytest.mark.django_db
LOCAL_PAGES = ("password", "app", "key", "recovery-codes")


def text_of(client: Client) -> str:
    answer = client.get("/account/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("role", list(Role))
def test_every_role_sees_its_own_and_finds_it_in_the_menu(role: Role) -> None:
    client = signed_in(person(role=role, email="maya@acme.example"))
    page = text_of(client)
    assert "maya@acme.example" in page
    assert f"<dt>Roles</dt><dd>{role}" in page
    assert ('href="/tokens/"' in page) is (role in (Role.ADMIN, Role.OPERATOR))
    assert 'href="/account/"' in client.get("/runs/").content.decode()


def test_it_says_by_what_one_was_let_in() -> None:
    with_app()
    client = Client()
    send_password(client)
    client.post("/sign-in/code/", {"code": code()})
    assert "<dt>Signed in</dt><dd>Password and authenticator app</dd>" in text_of(client)


def test_a_session_of_a_former_version_says_nothing_of_it() -> None:
    assert "<dt>Signed in</dt>" not in text_of(signed_in(person()))


def test_somebody_from_okta_is_told_that_okta_keeps_it(okta: Okta) -> None:
    okta.put_in(MAYA, "sluice-admins")
    client = browser()
    okta.sign_in(client, MAYA)
    page = text_of(client)
    assert "You sign in with Okta, which keeps your password" in page
    assert "<dt>Signed in</dt><dd>Okta" in page
    assert "/account/password/" not in page


@pytest.mark.parametrize("name", LOCAL_PAGES)
def test_somebody_from_okta_changes_nothing_here(name: str) -> None:
    user = person(okta_id="00u1maya")
    client = signed_in(user)
    for answer in (client.get(f"/account/{name}/"), client.post(f"/account/{name}/")):
        assert answer["Location"] == "/account/"
    assert "Okta keeps your password and factors" in text_of(client)
    assert not Entry.objects.filter(verb__startswith="user.").exists()


@pytest.mark.parametrize("name", LOCAL_PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_changing_anything_needs_a_sign_in_of_late(name: str, method: str) -> None:
    client = signed_in(person())
    age(client, timedelta(minutes=11), FRESH)
    assert getattr(client, method)(f"/account/{name}/")["Location"].startswith("/sign-in/again/")


def test_other_open_sessions_are_counted() -> None:
    user = person()
    here, _there, idle = signed_in(user), signed_in(user), signed_in(user)
    signed_in(person("noor"))
    age(idle, timedelta(minutes=16), SEEN)
    assert "this one and 1 other</dd>" in text_of(here)


def test_ending_them_leaves_this_one() -> None:
    user = person()
    here, there, other = signed_in(user), signed_in(user), signed_in(person("noor"))
    assert here.post("/account/sessions/end/")["Location"] == "/account/"
    assert "1 other session ended" in text_of(here)
    assert is_in(here)
    assert not is_in(there)
    assert is_in(other)
    entry = Entry.objects.get(verb="user.sessions_ended")
    assert (entry.object_id, entry.data) == (user.code, {"count": 1})


def test_what_ends_sessions_later_ends_the_one_that_was_left_too() -> None:
    user = person(role=Role.OPERATOR)
    here = signed_in(user)
    here.post("/account/sessions/end/")
    user.groups.clear()
    assert not is_in(here)


def test_a_session_left_over_does_not_live_longer() -> None:
    here = signed_in(person())
    age(here, timedelta(hours=7, minutes=59))
    session = here.session
    session[SEEN] = session[FRESH] = database_now().timestamp()
    session.save()
    here.post("/account/sessions/end/")
    assert is_in(here)
    age(here, timedelta(minutes=2))
    assert not is_in(here)


def test_whose_a_session_is_goes_with_it() -> None:
    client = signed_in(person())
    assert OpenSession.objects.count() == 1
    client.post("/sign-out/")
    assert not OpenSession.objects.exists()


def test_and_with_what_is_expired() -> None:
    signed_in(person())
    kept = signed_in(person("noor")).session.session_key
    Session.objects.exclude(session_key=kept).update(expire_date=database_now() - timedelta(days=1))
    SessionStore.clear_expired()
    assert list(OpenSession.objects.values_list("session_key", flat=True)) == [kept]


def test_nobody_without_a_role_gets_there() -> None:
    client = signed_in(User.objects.create(username="nobody"))
    assert client.get("/account/").status_code == 403
