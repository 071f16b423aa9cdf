"""Whose session it was that ended in this browser.

A page that asks by itself may be what ends a session, before its person sends what they typed into
another one: so the next session, in which nobody is signed in, remembers them.
"""

from django.conf import settings
from django.http import HttpRequest

from portal.models import User
from provisioning.clocks import database_now

_KEY = "former"


def remember(request: HttpRequest, user_id: int) -> None:
    request.session[_KEY] = {"user": user_id, "at": database_now().timestamp()}


def user_of(request: HttpRequest) -> User | None:
    """The person, as long as a session lives at most; nobody whose account is turned off."""
    found = request.session.get(_KEY)
    if not found or database_now().timestamp() - found["at"] > settings.SESSION_HOURS * 3600:
        return None
    return User.objects.filter(pk=found["user"], is_active=True).first()


def forget(request: HttpRequest) -> None:
    request.session.pop(_KEY, None)
