"""A kept form goes when its person throws it away, and by itself after half an hour."""

from datetime import timedelta

import pytest

from audit.models import Entry
from portal import periodic
from portal.models import KeptForm, User
from provisioning import clock
from provisioning.clocks import database_now
from tests.portal.accounts.support import person, signed_in
from tests.portal.kept.support import come_back, late, of

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    user = person()
    late(signed_in(user))
    return user


def test_its_person_throws_it_away_and_comes_to_the_page_it_was_on(user: User) -> None:
    client, path = signed_in(user), f"/kept/{of(user).code}/"
    before = Entry.objects.count()
    answer = client.post(f"{path}discard/")
    assert answer["Location"] == "/policy/"
    assert "Thrown away. Nothing was done with it." in client.get("/policy/").content.decode()
    assert not KeptForm.objects.exists()
    assert Entry.objects.count() == before
    assert client.get(path).status_code == 404


def test_it_is_kept_for_half_an_hour(user: User) -> None:
    row = KeptForm.objects.get()
    assert row.expires_at - row.kept_at == timedelta(minutes=30)


def test_after_that_nobody_sees_it_though_the_clock_stands_still(user: User) -> None:
    path = f"/kept/{of(user).code}/"
    KeptForm.objects.update(expires_at=database_now())
    client = signed_in(user)
    assert client.get(path).status_code == 404
    assert come_back(client) == "/runs/"


def test_the_clock_removes_what_is_overdue_and_nothing_else(user: User) -> None:
    other = person("noor")
    late(signed_in(other))
    KeptForm.objects.filter(user_id=user.pk).update(expires_at=database_now())
    assert "forget_kept_forms" in clock.tick(database_now(), periodic.TASKS)
    assert [row.user_id for row in KeptForm.objects.all()] == [other.pk]


def test_the_promise_ends_with_it() -> None:
    client = signed_in(person())
    late(client)
    session = client.session
    session["kept_until"] -= 31 * 60
    session.save()
    assert "is kept" not in client.get("/sign-in/").content.decode()
