"""What conditions and templates see of an event: its own text, and the person as Okta gave them."""

from collections.abc import Mapping
from typing import Any

from provisioning.events.models import Event, EventProfile
from provisioning.events.reading import parse
from provisioning.rules.fields import Facts, Group, facts_of


def facts(event: Event, profile: EventProfile | None) -> Facts:
    """What conditions and templates see of this event, then or now."""
    body = parse(event.body)
    if profile is None:
        return facts_of(body)
    return facts_of(
        body,
        user=profile.user,
        previous=profile.previous,
        groups=groups_of(profile),
        person_is_new=profile.person_is_new,
    )


def groups_of(profile: EventProfile | None) -> list[Group] | None:
    """The groups read with a profile; None where they were not read."""
    if profile is None or profile.groups is None:
        return None
    return [Group(str(g.get("id", "")), _group_name(g)) for g in profile.groups]


def _group_name(group: Mapping[str, Any]) -> str:
    return str((group.get("profile") or {}).get("name", ""))
