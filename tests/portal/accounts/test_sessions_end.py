"""A session ends on the server when its time or its reason is over (S15)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.test import Client

from audit.models import Entry
from portal.accounts.session_store import SEEN, STARTED
from portal.models import User
from portal.roles import Role
from provisioning.clocks import database_now
from provisioning.events.models import SignOut
from tests.portal.accounts.support import PASSWORD, age, is_in, person, signed_in
from tests.support.factories import make_event

pytestmark = pytest.mark.django_db


def test_after_fifteen_minutes_without_use() -> None:
    client = signed_in(person())
    age(client, timedelta(minutes=14), SEEN)
    assert is_in(client)
    age(client, timedelta(minutes=16), SEEN)
    assert not is_in(client)
    entry = Entry.objects.get(verb="user.session_ended")
    assert entry.data == {"why": "idle"}


def test_after_eight_hours_however_busy() -> None:
    client = signed_in(person())
    age(client, timedelta(hours=7, minutes=59), STARTED)
    assert is_in(client)
    age(client, timedelta(minutes=2), STARTED)
    assert not is_in(client)


def test_opening_pages_keeps_it_alive_and_a_page_that_polls_does_not() -> None:
    client = signed_in(person())
    age(client, timedelta(minutes=10), SEEN)
    client.get("/runs/", headers={"hx-request": "true"})
    assert client.session[SEEN] < database_now().timestamp() - 500
    client.get("/runs/")
    assert client.session[SEEN] > database_now().timestamp() - 5


def test_what_is_sent_keeps_it_alive_also_from_a_part_of_a_page() -> None:
    """The rule builder sends its form so; whoever works in it opens no page for a long time."""
    client = signed_in(person())
    age(client, timedelta(minutes=10), SEEN)
    client.post("/preferences/theme/", {"theme": "dark"}, headers={"hx-request": "true"})
    assert client.session[SEEN] > database_now().timestamp() - 5


def test_a_page_that_polls_is_sent_away_as_a_whole() -> None:
    client = signed_in(person())
    age(client, timedelta(hours=9))
    asked = {"hx-request": "true", "hx-current-url": "http://testserver/runs/?state=failed"}
    answer = client.get("/runs/?state=failed&news=x", headers=asked)
    assert answer["HX-Redirect"] == "/sign-in/?next=/runs/%3Fstate%3Dfailed"


def test_a_session_that_does_not_say_when_it_began_is_over() -> None:
    client = signed_in(person())
    session = client.session
    del session[STARTED]
    session.save()
    assert not is_in(client)


def _turn_off(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def _turn_off_and_on(user: User) -> None:
    _turn_off(user)
    User.objects.filter(pk=user.pk).update(is_active=True)


def _take_role(user: User) -> None:
    user.groups.through.objects.filter(user_id=user.pk, group__name="operator").delete()


def _change_password(user: User) -> None:
    user.set_password("another long sentence")
    user.save()


def _add_factor(user: User) -> None:
    Authenticator.objects.create(user=user, type="totp", data={})


def _remove_factor(user: User) -> None:
    Authenticator.objects.filter(user=user).delete()


@pytest.mark.parametrize(
    "change",
    [_turn_off, _turn_off_and_on, _take_role, _change_password, _add_factor, _remove_factor],
)
def test_when_the_account_changes_everywhere(change: Callable[[User], None]) -> None:
    user = person(role=Role.OPERATOR)
    Authenticator.objects.create(user=user, type="recovery_codes", data={})
    here, there, other = signed_in(user), signed_in(user), signed_in(person("noor"))
    assert is_in(here)
    assert is_in(there)
    change(user)
    assert not is_in(here)
    assert not is_in(there)
    assert is_in(other)


def test_a_role_more_ends_nothing() -> None:
    user = person(role=Role.OPERATOR)
    client = signed_in(user)
    user.groups.create(name="approver")
    assert is_in(client)


def test_when_okta_signed_the_person_out_and_not_for_a_later_sign_in() -> None:
    user = person(okta_id="00u1maya")
    client = signed_in(user)
    SignOut.objects.create(person_id="00u1someoneelse", at=database_now(), event=make_event())
    assert is_in(client)
    SignOut.objects.create(person_id="00u1maya", at=database_now(), event=make_event())
    assert not is_in(client)
    assert is_in(signed_in(user))


def test_signing_out_removes_it_from_the_server() -> None:
    client = signed_in(person())
    stolen = Client()
    stolen.cookies.load(client.cookies.output(header=""))
    client.post("/sign-out/")
    assert not is_in(stolen)


def test_signing_in_gives_the_session_another_name() -> None:
    person()
    client = Client()
    client.get("/sign-in/")
    session = client.session
    session["before"] = True
    session.save()
    before = session.session_key
    client.post("/sign-in/", {"username": "maya", "password": PASSWORD})
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()
