"""Guessing is slow for whoever guesses, and for nobody else (S16)."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from audit.models import Entry
from portal.accounts import throttling
from portal.models import Throttle
from tests.portal.accounts.support import PASSWORD, is_in, person

pytestmark = pytest.mark.django_db


def attempt(
    name: str = "maya",
    password: str = "wrong",
    *,
    address: str = "198.51.100.7",
    client: Client | None = None,
    **headers: str,
) -> Any:
    sent = {"username": name, "password": password}
    found = client or Client()
    return found.post("/sign-in/", sent, REMOTE_ADDR=address, headers=headers)


def statuses(tries: list[Any]) -> list[int]:
    return [one.status_code for one in tries]


def test_twenty_wrong_passwords_for_one_person_from_many_places() -> None:
    person()
    tries = [attempt(address=f"203.0.113.{number}") for number in range(20)]
    assert statuses(tries) == [422] * 10 + [429] * 10
    assert "Wait 15 minutes" in tries[-1].content.decode()
    assert attempt(password=PASSWORD, address="203.0.113.99").status_code == 429
    why = Entry.objects.filter(verb="user.sign_in_refused").order_by("id")
    assert [entry.data["why"] for entry in why][9:11] == ["password", "throttled: name"]
    assert why.count() == 21


def test_twenty_wrong_passwords_from_one_place_for_many_people() -> None:
    person("noor")
    tries = [attempt(f"person-{number}") for number in range(20)]
    assert statuses(tries) == [422] * 15 + [429] * 5
    assert attempt("noor", PASSWORD).status_code == 429
    assert attempt("noor", PASSWORD, address="203.0.113.1").status_code == 302


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_forged_forwarded_address_does_not_help(settings: Settings, proxies: int) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    tries = []
    for number in range(20):
        forged = f"203.0.113.{number}"
        value = forged if proxies == 0 else f"{forged}, 198.51.100.7"
        tries.append(attempt(f"person-{number}", x_forwarded_for=value))
    assert statuses(tries)[15:] == [429] * 5


def test_the_person_still_gets_in_where_they_signed_in_before() -> None:
    person()
    known = Client()
    assert attempt(password=PASSWORD, client=known).status_code == 302
    known.post("/sign-out/")
    for number in range(20):
        attempt(address=f"203.0.113.{number}")
        attempt(f"person-{number}")  # and their own address is used up by somebody else
    assert attempt(password=PASSWORD, client=Client()).status_code == 429
    assert attempt(password=PASSWORD, client=known).status_code == 302
    assert is_in(known)


def test_a_known_device_has_a_limit_too_and_is_known_for_its_person_only() -> None:
    person()
    person("noor")
    known = Client()
    attempt(password=PASSWORD, client=known)
    known.post("/sign-out/")
    assert statuses([attempt(client=known) for _ in range(12)]) == [422] * 10 + [429] * 2
    # For somebody else it is a place like any other.
    assert statuses([attempt("noor", client=known) for _ in range(11)])[-1] == 429


@pytest.mark.parametrize("value", ["", "nonsense", "eyJhIjoxfQ:1abc:xyz"])
def test_a_made_up_device_is_no_known_one(value: str) -> None:
    person()
    client = Client()
    client.cookies["known"] = value
    assert statuses([attempt(client=client) for _ in range(11)])[-1] == 429


def test_right_passwords_do_not_count() -> None:
    person()
    for _ in range(20):
        client = Client()
        assert attempt(password=PASSWORD, client=client).status_code == 302


def test_after_the_window_it_begins_anew() -> None:
    person()
    for _ in range(12):
        attempt()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE portal_throttle SET window_ends_at = now() - interval '1 second'")
    assert attempt(password=PASSWORD).status_code == 302
    assert not Throttle.objects.filter(tries__gt=1).exists()


def test_what_is_long_over_is_forgotten() -> None:
    attempt("somebody")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE portal_throttle SET window_ends_at = now() - interval '2 hours'")
    attempt("else", address="203.0.113.1")
    assert Throttle.objects.count() == 2


def test_what_was_typed_as_a_name_is_not_kept() -> None:
    attempt("my-secret-password")
    assert "my-secret-password" not in str(list(Throttle.objects.values_list("bucket", flat=True)))


def test_a_second_factor_is_not_guessed_either() -> None:
    user = person()
    bucket = throttling.factor_bucket(user)
    assert [throttling.take(bucket) for _ in range(6)] == [""] * 5 + ["factor"]
