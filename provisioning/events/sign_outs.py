"""Okta tells that a person's access is over: whoever keeps sessions of theirs must end them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings

from provisioning import bulk
from provisioning.clocks import steady_now
from provisioning.events.models import Event, SignOut
from provisioning.events.reading import parse
from provisioning.group_roles import parse as parse_group_roles

#: After these a person may use nothing, or has been signed out of Okta by an administrator.
ENDS = frozenset(
    {
        "user.lifecycle.suspend",
        "user.lifecycle.deactivate",
        "user.lifecycle.delete.initiated",
        "user.session.clear",
    }
)
LEAVES = "group.user_membership.remove"


def note(events: Sequence[Event]) -> None:
    """Write down who is to be signed out, each event once however often it is taken up.

    Before the rules are asked: while Okta cannot be read, a rule may have to wait; this need not.
    """
    ending = [event for event in events if _ends_access(event)]
    if ending:
        now = steady_now()
        rows = (SignOut(person_id=one.person_id, at=now, event=one) for one in ending)
        bulk.insert(SignOut, rows, ignore_conflicts=True)


def _ends_access(event: Event) -> bool:
    if not event.person_id or event.result == "FAILURE":
        return False
    return event.event_type in ENDS or (event.event_type == LEAVES and _was_a_role(event))


def _was_a_role(event: Event) -> bool:
    """Whether the group that was left gives a role in the portal."""
    if not settings.OIDC_GROUP_ROLES:
        return False
    try:
        mapped = parse_group_roles(settings.OIDC_GROUP_ROLES)
    except ValueError:  # whoever cannot read the mapping must not let anybody stay for it
        return True
    return bool(_groups(parse(event.body)) & mapped.keys())


def _groups(body: Mapping[str, Any]) -> set[str]:
    targets: Iterable[Any] = body.get("target") or ()
    return {
        str(target.get("displayName"))
        for target in targets
        if isinstance(target, dict) and target.get("type") == "UserGroup"
    }
