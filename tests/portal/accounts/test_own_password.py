"""Changing one's own password: the present one is asked for, and other sessions end (S15)."""

import pytest
from django.contrib.auth import authenticate
from django.test import Client

from audit.models import Entry
from portal.accounts.throttling import LIMITS
from tests.portal.accounts.support import PASSWORD, is_in, person, signed_in

pytestmark = pytest.mark.django_db
NEW = "another long sentence"


def send(client: Client, **fields: str) -> tuple[int, str]:
    given = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW, **fields}
    answer = client.post("/account/password/", given)
    return answer.status_code, answer.content.decode()


def test_the_new_one_counts_and_only_this_session_goes_on() -> None:
    user = person()
    here, there = signed_in(user), signed_in(user)
    before = here.session.session_key
    assert send(here)[0] == 302
    assert authenticate(username="maya", password=NEW) == user
    assert authenticate(username="maya", password=PASSWORD) is None
    assert is_in(here)
    assert here.session.session_key != before
    assert not is_in(there)
    entry = Entry.objects.get(verb="user.password_changed")
    assert entry.object_id == user.code
    assert NEW not in str(entry.data)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"old_password": "wrong"}, "This is not your password"),
        ({"new_password2": "something else"}, "The two new passwords differ"),
        ({"new_password1": "short", "new_password2": "short"}, "too short"),
        ({"new_password1": "password1234", "new_password2": "password1234"}, "too common"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(fields: dict[str, str], said: str) -> None:
    user = person()
    client, other = signed_in(user), signed_in(user)
    status, page = send(client, **fields)
    assert (status, said in page) == (422, True)
    assert authenticate(username="maya", password=PASSWORD) == user
    assert is_in(other)


def test_nothing_typed_comes_back() -> None:
    page = send(signed_in(person()), new_password2="something else")[1]
    assert PASSWORD not in page
    assert NEW not in page


def test_guessing_the_present_one_is_slowed_down() -> None:
    client = signed_in(person())
    for _ in range(LIMITS["factor"]):
        assert send(client, old_password="wrong")[0] == 422
    assert send(client)[0] == 429
    refused = Entry.objects.filter(verb="user.sign_in_refused").order_by("id")
    assert [entry.data["why"] for entry in refused] == [
        *["own password"] * LIMITS["factor"],
        "throttled: own password",
    ]


def test_a_right_one_does_not_count_as_a_guess() -> None:
    client = signed_in(person())
    for _ in range(LIMITS["factor"] + 1):
        assert send(client, new_password2="something else")[0] == 422
    assert send(client)[0] == 302
