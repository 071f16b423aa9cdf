"""People as Okta knows them: reading profiles, and keeping the one before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from audit.canonical import storable
from provisioning.actions.base import ActionError, Transient
from provisioning.actions.okta import client
from provisioning.events.models import Event, Person


@dataclass(frozen=True, slots=True)
class Reading:
    """What Okta said of a person just now, as it can be stored: what is compared with it later is
    what was stored. `user` is None when Okta knows nobody of that id."""

    user: dict[str, Any] | None
    groups: list[dict[str, Any]] | None


def read(people: Iterable[str], *, with_groups: Iterable[str]) -> dict[str, Reading | ActionError]:
    """Ask Okta for these people, the groups only of those named in `with_groups`.

    Whatever stops Okta from answering for one of them stands in their place.
    """
    ids = sorted(set(people))
    if not ids:
        return {}
    if not settings.OKTA_ORG_URL:
        return dict.fromkeys(ids, _NOT_CONFIGURED)
    try:
        users = client.read_each(ids)
    except ActionError as error:
        return dict.fromkeys(ids, error)
    wanted = set(with_groups)
    return {one: _reading(one, users[one], with_groups=one in wanted) for one in ids}


_NOT_CONFIGURED = Transient(
    "okta_not_configured",
    "A rule needs the person's profile, but no Okta org is configured.",
    hint="Set OKTA_ORG_URL and a token where the worker runs.",
)


def _reading(
    okta_id: str, user: dict[str, Any] | ActionError | None, *, with_groups: bool
) -> Reading | ActionError:
    if isinstance(user, ActionError):
        return user
    try:
        groups = client.read_groups(okta_id) if with_groups and user else None
    except ActionError as error:
        return error
    return Reading(storable(user), storable(groups))


def locked(events: Sequence[Event], *, now: datetime) -> dict[str, Person]:
    """A Person for each event that is about one, locked until the end of the transaction.

    Unknown people are made first, so that two workers never both think a person new.
    """
    ids = {event.person_id for event in events if event.person_id}
    known = _locked(ids)
    if len(known) < len(ids):
        Person.objects.bulk_create(
            [_stranger(event, now) for event in events if event.person_id not in {"", *known}],
            ignore_conflicts=True,
        )
        known |= _locked(ids - set(known))
    return known


def _locked(ids: Iterable[str]) -> dict[str, Person]:
    rows = Person.objects.filter(pk__in=set(ids)).order_by("pk").select_for_update()
    return {person.pk: person for person in rows}


def _stranger(event: Event, now: datetime) -> Person:
    return Person(
        pk=event.person_id,
        login=event.person_login,
        name=event.person_name,
        first_seen_at=now,
        last_event_at=now,
    )


def learn(person: Person, event: Event, user: dict[str, Any] | None, *, now: datetime) -> None:
    """Take in what Okta said: the profile of before becomes the previous one."""
    person.last_event_at = now
    person.login = event.person_login or person.login
    person.name = event.person_name or person.name
    if user is None:
        return
    profile = user.get("profile") or {}
    if user != person.user:
        person.previous, person.previous_read_at = person.user, person.user_read_at
    person.user, person.user_read_at = user, now
    person.status = str(user.get("status") or "")
    person.login = str(profile.get("login") or person.login)
