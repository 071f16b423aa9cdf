"""Every URL stands in the role table, and the table is what happens (S20)."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import RoutePattern, URLPattern

from audit.models import Entry
from portal.models import User
from portal.roles import GRANTS, POLICIES, Permission, Role

pytestmark = pytest.mark.django_db

CODE = "0123456789AB"
ARGUMENTS = {
    "code": CODE, "name": "some-rule", "a": 1, "b": 2, "number": 1, "okta_id": "00u1",
    "act": "resolve",
}  # fmt: skip
METHODS = ("GET", "POST", "PUT", "DELETE")


def patterns() -> list[URLPattern]:
    return [found for found in get_resolver().url_patterns if isinstance(found, URLPattern)]


def address(pattern: URLPattern) -> str:
    route = pattern.pattern
    assert isinstance(route, RoutePattern)
    wanted = {name: ARGUMENTS[name] for name in route.converters}
    return reverse(str(pattern.name), kwargs=wanted)


def client_of(role: Role | None) -> Client:
    client = Client()
    if role is not None:
        user = User.objects.create(username=f"{role}-person")
        user.groups.add(Group.objects.get_or_create(name=role.value)[0])
        client.force_login(user)
    return client


def allowed(role: Role | None, name: str, method: str) -> bool:
    permission = POLICIES[name].get(method)
    if permission is None:
        return False
    if permission is Permission.OPEN:
        return True
    if permission is Permission.SIGNED_IN:
        return role is not None
    return role in GRANTS[permission]


def test_the_table_has_exactly_the_urls_there_are() -> None:
    assert {str(pattern.name) for pattern in patterns()} == set(POLICIES)


@pytest.mark.parametrize("role", [None, *Role])
def test_what_the_table_refuses_is_refused_and_nothing_else(role: Role | None) -> None:
    client = client_of(role)
    for pattern in patterns():
        name = str(pattern.name)
        if name == "sign-out":
            continue  # ends the session the other pages need; tested on its own
        for method in METHODS:
            status = client.generic(method, address(pattern)).status_code
            if method not in POLICIES[name]:
                assert status == 405, (role, name, method)
            elif POLICIES[name][method] is Permission.MACHINE:
                assert status == 401, (role, name, method, status)
            elif allowed(role, name, method):
                assert status not in {401, 403, 405, 500}, (role, name, method, status)
            else:
                assert status == (403 if role else 302), (role, name, method)


def test_a_refusal_is_told_to_the_trail() -> None:
    client = client_of(Role.AUDITOR)
    assert client.post(reverse("run-replay", kwargs={"code": CODE})).status_code == 403
    entry = Entry.objects.with_personal().get(verb="access.denied")
    assert (entry.object_id, entry.outcome, entry.actor_name) == (
        "run-replay",
        "refused",
        "auditor-person",
    )


def test_somebody_without_a_role_sees_nothing() -> None:
    client = Client()
    client.force_login(User.objects.create(username="nobody"))
    assert client.get("/").status_code == 403


def test_a_stranger_is_sent_to_sign_in_and_comes_back_to_the_page() -> None:
    response = Client().get("/runs/?state=failed")
    assert response.headers["Location"] == "/sign-in/?next=/runs/%3Fstate%3Dfailed"


def test_every_write_needs_the_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(_operator())
    for name, methods in POLICIES.items():
        if "POST" in methods:
            pattern = next(found for found in patterns() if found.name == name)
            assert client.post(address(pattern)).status_code == 403, name


def _operator() -> User:
    user = User.objects.create(username="operator")
    user.groups.add(Group.objects.get_or_create(name="operator")[0])
    return user


def test_private_pages_are_not_kept_by_anybody() -> None:
    response = client_of(Role.ADMIN).get(reverse("run-list"))
    assert "no-store" in response.headers["Cache-Control"]


def test_pages_say_what_a_browser_may_load() -> None:
    response = client_of(Role.ADMIN).get(reverse("run-list"))
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"


def test_a_host_that_is_not_ours_is_refused_with_400() -> None:
    response = Client(raise_request_exception=False).get("/sign-in/", headers={"host": "evil.test"})
    assert response.status_code == 400
