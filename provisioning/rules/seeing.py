"""What conditions and templates see of an event: its own text, and the person as Okta gave them."""

from collections.abc import Mapping, Sequence
from typing import Any

from provisioning.events.models import Event, EventProfile
from provisioning.events.reading import parse
from provisioning.rules.fields import Facts, Group, facts_of

#: What is kept of a profile beside the event it was read for.
PROFILE_FIELDS = ("user", "previous", "groups", "person_is_new")


def facts(event: Event, profile: EventProfile | None) -> Facts:
    """What conditions and templates see of this event, then or now."""
    return facts_from(event.body, profile_of(profile))


def facts_from(body: str, profile: Mapping[str, Any] | None) -> Facts:
    """The same from a stored text, and a profile as plain data (PROFILE_FIELDS)."""
    event = parse(body)
    if profile is None:
        return facts_of(event)
    return facts_of(
        event,
        user=profile["user"],
        previous=profile["previous"],
        groups=_groups(profile["groups"]),
        person_is_new=bool(profile["person_is_new"]),
    )


def profile_of(profile: EventProfile | None) -> dict[str, Any] | None:
    """A profile as plain data."""
    if profile is None:
        return None
    return {name: getattr(profile, name) for name in PROFILE_FIELDS}


def groups_of(profile: EventProfile | None) -> list[Group] | None:
    """The groups read with a profile; None where they were not read."""
    return None if profile is None else _groups(profile.groups)


def _groups(listed: Sequence[Mapping[str, Any]] | None) -> list[Group] | None:
    if listed is None:
        return None
    return [Group(str(g.get("id", "")), _group_name(g)) for g in listed]


def _group_name(group: Mapping[str, Any]) -> str:
    return str((group.get("profile") or {}).get("name", ""))
