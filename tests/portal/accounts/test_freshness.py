"""Sensitive acts need a sign-in of the last ten minutes (S25), and the way there is ours (S49)."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from audit.models import Entry
from portal import roles
from portal.accounts.session_store import FRESH
from tests.portal.accounts.support import PASSWORD, age, is_in, person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def replay_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roles, "FRESH", {"rule-new": frozenset({"GET", "POST"})})


def test_whoever_has_just_signed_in_is_fresh() -> None:
    client = signed_in(person())
    assert client.get("/rules/new/").status_code != 302


def test_after_ten_minutes_the_act_is_refused_and_the_way_leads_back() -> None:
    client = signed_in(person())
    age(client, timedelta(minutes=11), FRESH)
    assert is_in(client)
    answer = client.get("/rules/new/?name=x")
    assert answer["Location"] == "/sign-in/again/?next=%2Frules%2Fnew%2F%3Fname%3Dx"
    sent = {"password": PASSWORD, "next": "/rules/new/?name=x"}
    assert client.post("/sign-in/again/", sent)["Location"] == "/rules/new/?name=x"
    assert client.get("/rules/new/").status_code != 302
    assert Entry.objects.filter(verb="user.confirmed").count() == 1


def test_a_form_sent_too_late_does_nothing_and_says_so() -> None:
    client = signed_in(person())
    age(client, timedelta(minutes=11), FRESH)
    came_from = {"referer": "http://testserver/failures/?cause=x"}
    answer = client.post("/rules/new/", headers=came_from)
    assert answer["Location"] == "/sign-in/again/?next=%2Ffailures%2F%3Fcause%3Dx"
    assert "Nothing was changed yet" in client.get(answer["Location"]).content.decode()


def test_a_wrong_password_does_not_make_it_fresh() -> None:
    client = signed_in(person())
    age(client, timedelta(minutes=11), FRESH)
    assert client.post("/sign-in/again/", {"password": "wrong"}).status_code == 422
    assert client.get("/rules/new/").status_code == 302
    assert Entry.objects.get(verb="user.sign_in_refused").data == {"why": "again"}


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil", "x"])
def test_it_leads_to_own_paths_only(target: str) -> None:
    client = signed_in(person())
    sent = {"password": PASSWORD, "next": target}
    assert client.post("/sign-in/again/", sent)["Location"] == "/"


def test_a_page_of_another_site_is_not_gone_back_to(settings: Settings) -> None:
    client = signed_in(person())
    age(client, timedelta(minutes=11), FRESH)
    answer = client.post("/rules/new/", headers={"referer": "https://evil.example/x/"})
    assert answer["Location"] == "/sign-in/again/?next=%2F"
