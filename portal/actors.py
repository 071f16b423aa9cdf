"""Who makes a change through the portal, for the audit trail."""

from django.http import HttpRequest

from audit.trail import Actor
from portal.identity import identity_of
from portal.models import User
from provisioning.callers import caller_address


def actor_of(request: HttpRequest, user: User | None = None) -> Actor:
    """The signed-in person of a request (or `user`), with address and request id."""
    who = user or request.user
    source, request_id = caller_address(request.META), getattr(request, "request_id", "")
    if isinstance(who, User):
        person = identity_of(who)
        return Actor("user", who.code, who.username, source, request_id, person)
    return Actor("anonymous", "anonymous", "", source, request_id)
