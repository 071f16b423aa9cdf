"""People who sign in."""

from datetime import timedelta

from django.contrib.auth.models import Group
from django.test import Client

from portal.accounts.session_store import FRESH, SEEN, STARTED
from portal.models import User
from portal.roles import Role

PASSWORD = "correct horse battery"


def person(
    name: str = "maya", role: Role | None = Role.ADMIN, email: str = "", okta_id: str | None = None
) -> User:
    user = User.objects.create_user(name, password=PASSWORD, email=email, okta_id=okta_id)
    if role is not None:
        user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def age(client: Client, by: timedelta, *names: str) -> None:
    """Make the session's times older: all of them, or those named."""
    session = client.session
    for name in names or (STARTED, SEEN, FRESH):
        session[name] -= by.total_seconds()
    session.save()


def is_in(client: Client) -> bool:
    """Whether the next page opens."""
    return client.get("/runs/").status_code == 200
