"""Signing in and out with a local account."""

import pytest
from django.test import Client

from audit.models import Entry
from portal.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def user() -> User:
    return User.objects.create_user("maya", password=PASSWORD)


def test_a_right_password_leads_to_the_page_that_was_asked_for(client: Client, user: User) -> None:
    response = client.get("/runs/?state=failed")
    assert response.status_code == 302
    page = client.get(response["Location"])
    assert page.context["next"] == "/runs/?state=failed"
    data = {"username": "maya", "password": PASSWORD, "next": "/runs/?state=failed"}
    done = client.post("/sign-in/", data)
    assert done["Location"] == "/runs/?state=failed"
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.parametrize(
    ("name", "password"),
    [("maya", "wrong"), ("nobody", PASSWORD), ("maya", ""), ("retired", PASSWORD), ("\x00", "x")],
)
def test_a_refusal_says_the_same_whatever_was_wrong(
    client: Client, user: User, name: str, password: str
) -> None:
    User.objects.create_user("retired", password=PASSWORD, is_active=False)
    response = client.post("/sign-in/", {"username": name, "password": password or "x"})
    assert response.status_code == 422
    assert "_auth_user_id" not in client.session
    if name != "\x00":
        assert b"do not fit together" in response.content
    assert b"retired" not in response.content or name == "retired"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)",
        "http:///evil.example", "\x00/", "evil",
    ],
)  # fmt: skip
def test_only_own_paths_are_followed(client: Client, user: User, target: str) -> None:
    data = {"username": "maya", "password": PASSWORD, "next": target}
    assert client.post("/sign-in/", data)["Location"] == "/"


def test_each_try_is_an_entry_and_what_was_typed_is_not_in_it(client: Client, user: User) -> None:
    client.post("/sign-in/", {"username": "my-secret-password", "password": "x"})
    client.post("/sign-in/", {"username": "maya", "password": PASSWORD})
    client.post("/sign-out/")
    entries = list(Entry.objects.filter(verb__startswith="user.").order_by("id"))
    assert [entry.verb for entry in entries] == [
        "user.sign_in_refused", "user.signed_in", "user.signed_out",
    ]  # fmt: skip
    assert [entry.outcome for entry in entries] == ["refused", "ok", "ok"]
    assert all(b"my-secret-password" not in bytes(entry.canonical) for entry in entries)
    assert entries[1].object_id == user.code
    assert entries[1].request_id


def test_signing_out_ends_the_session_and_needs_a_post(client: Client, user: User) -> None:
    client.force_login(user)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/")["Location"].startswith("/sign-in/")


def test_signing_in_is_not_possible_from_another_site(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/sign-in/", {"username": "maya", "password": PASSWORD})
    assert response.status_code == 403
    assert "_auth_user_id" not in client.session


def test_the_page_is_not_kept_by_browsers(client: Client) -> None:
    assert "no-store" in client.get("/sign-in/")["Cache-Control"]
