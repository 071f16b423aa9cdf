"""The shell around every page: theme, navigation by role, shortcuts."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.test import Client, RequestFactory
from pytest_django import Settings

from portal import context
from portal.models import User
from portal.roles import Role


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cookie", "theme", "drawn"),
    [("dark", "dark", "dark"), ("light", "light", "light"), ("", "system", "light"),
     ('"><script>', "system", "light")],
)  # fmt: skip
def test_the_server_draws_the_theme_of_the_cookie(
    client: Client, cookie: str, theme: str, drawn: str
) -> None:
    client.cookies["theme"] = cookie
    html = client.get("/sign-in/").content.decode()
    assert f'data-theme="{theme}" data-bs-theme="{drawn}"' in html


@pytest.mark.django_db
def test_choosing_a_theme_sets_the_cookie_and_goes_back(client: Client) -> None:
    response = client.post("/preferences/theme/", {"theme": "dark", "next": "/runs/?q=a"})
    assert response["Location"] == "/runs/?q=a"
    assert client.cookies["theme"].value == "dark"
    assert client.cookies["theme"]["httponly"]


@pytest.mark.django_db
def test_an_unknown_theme_and_a_foreign_address_change_nothing(client: Client) -> None:
    data = {"theme": "neon", "keys": "maybe", "next": "https://evil.example/"}
    response = client.post("/preferences/theme/", data)
    assert response["Location"] == "/"
    assert not client.cookies


@pytest.mark.django_db
def test_single_key_shortcuts_can_be_turned_off(client: Client) -> None:
    client.post("/preferences/theme/", {"keys": "off"})
    assert b'data-keys="off"' in client.get("/sign-in/").content


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "sees"), [(Role.AUDITOR, True), (Role.OPERATOR, False)])
def test_navigation_names_only_what_the_roles_may_read(role: Role, sees: bool) -> None:
    user = User.objects.create_user("maya")
    user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    shell = context.shell_of(RequestFactory().get("/runs/"), user)
    labels = [item.label for group in shell.nav for item in group.items]
    assert ("Audit log" in labels) is sees
    assert [item.label for group in shell.nav for item in group.items if item.active] == ["Runs"]
    assert shell.roles == role.value


def test_nobody_signed_in_sees_no_places() -> None:
    shell = context.shell_of(RequestFactory().get("/"), AnonymousUser())
    assert shell.nav == ()


@pytest.mark.parametrize(("minutes", "after"), [(15, 780), (4, 120), (2, 60)])
def test_a_page_speaks_two_minutes_before_its_session_ends(
    settings: Settings, minutes: int, after: int
) -> None:
    settings.SESSION_IDLE_MINUTES = minutes
    assert context.shell_of(RequestFactory().get("/"), AnonymousUser()).idle_after == after


@pytest.mark.django_db
def test_no_failures_is_no_badge() -> None:
    assert context.standing() == context.Standing("", "", "")
