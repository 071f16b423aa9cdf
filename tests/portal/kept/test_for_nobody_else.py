"""A kept form is for its person alone."""

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from portal.models import KeptForm
from portal.roles import Role
from tests.portal.accounts.support import person, signed_in
from tests.portal.kept.support import WORDS, come_back, late, of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", [None, *Role])
def test_to_others_there_is_no_such_page(role: Role | None) -> None:
    user, other = person(), person("noor", role)
    late(signed_in(user))
    path, client = f"/kept/{of(user).code}/", signed_in(other)
    assert client.get(path).status_code == 404
    assert client.post(f"{path}discard/").status_code == 404
    assert WORDS not in client.get("/sign-in/", follow=True).content.decode()
    assert of(user).sent.url_name == "policy"


def test_whoever_has_not_signed_in_is_asked_to() -> None:
    user = person()
    late(signed_in(user))
    path = f"/kept/{of(user).code}/"
    assert Client().get(path)["Location"].startswith("/sign-in/")


def test_somebody_else_in_the_same_browser_goes_where_they_wanted() -> None:
    user = person()
    person("noor")
    client = signed_in(user)
    late(client)
    assert come_back(client, "noor") == "/runs/"
    assert "former" not in client.session
    assert of(user).sent.url_name == "policy"


def test_its_person_finds_it_also_without_a_role() -> None:
    user = person()
    client = signed_in(user)
    late(client)
    user.groups.clear()
    assert WORDS in client.get(come_back(client)).content.decode()


def _row() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_keptform::text FROM portal_keptform")
        return str(cursor.fetchone()[0])


def test_the_database_holds_no_word_of_it() -> None:
    late(signed_in(person()))
    assert "Freyja" not in _row()
    assert "policy" not in _row()


def test_a_row_that_is_given_to_somebody_else_says_nothing() -> None:
    user, other = person(), person("noor")
    late(signed_in(user))
    KeptForm.objects.update(user_id=other.pk)
    assert signed_in(other).get(f"/kept/{KeptForm.objects.get().code}/").status_code == 404


def test_a_former_key_at_hand_still_opens_it_and_without_it_nothing_breaks(
    settings: Settings,
) -> None:
    user, client = person(), Client()
    late(signed_in(user))
    path, former = f"/kept/{of(user).code}/", settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another one, " * 5, [former]
    assert come_back(client) == path
    settings.SECRET_KEY_FALLBACKS = []
    assert come_back(Client()) == "/runs/"
    assert signed_in(user).get(path).status_code == 404
