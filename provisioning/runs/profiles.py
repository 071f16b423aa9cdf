"""Asking Okta for the people of events, and what its answers say of Okta itself.

An event whose person cannot be read is put back with the reason. If that happens to several in a
row for a passing reason, Okta is out: an incident opens, and from then on events that need a
profile are parked without asking.
"""

from collections.abc import Mapping, Sequence

from audit import trail
from provisioning import failpoints
from provisioning.actions.base import ActionError
from provisioning.events import people
from provisioning.events.models import Event
from provisioning.events.people import Reading
from provisioning.rules.matching import Listener
from provisioning.runs import incidents, postponing
from provisioning.runs.incidents import OKTA, Sign

Listeners = Mapping[str, Sequence[Listener]]


def read(
    events: Sequence[Event], by_type: Listeners, *, actor: trail.Actor
) -> tuple[list[Event], dict[str, Reading]]:
    """The events that can be held against the rules now, and what Okta said of their people. The
    others are put back or parked: what cannot be asked of one person holds up that person only."""
    needs = {event.pk: _needs(event, by_type) for event in events}
    asking = [event for event in events if needs[event.pk][0]]
    blocked = {event.pk: incidents.blocking(event, OKTA) for event in asking}
    asked = [event for event in asking if blocked[event.pk] is None]
    found = people.read(
        [event.person_id for event in asked],
        with_groups=[event.person_id for event in asked if needs[event.pk][1]],
    )
    failpoints.reach("schedule.after_read")
    erred = [
        (event, answer)
        for event in asked
        if isinstance(answer := found[event.person_id], ActionError)
    ]
    waits = [(event, incident) for event in asking if (incident := blocked[event.pk]) is not None]
    if waits:
        postponing.park(waits, OKTA, actor=actor)
    if asked:
        postponing.put_back_each(erred, signs=_signs(asked, found), actor=actor)
    off = {event.pk for event, _ in [*erred, *waits]}
    readings = {who: what for who, what in found.items() if isinstance(what, Reading)}
    return [event for event in events if event.pk not in off], readings


def needing(by_type: Listeners) -> set[str]:
    """The types of events for which a rule needs the person's profile or groups."""
    return {kind for kind, listening in by_type.items() if any(_of_rule(one) for one in listening)}


def _of_rule(listener: Listener) -> bool:
    return listener.definition.needs_user or listener.definition.needs_groups


def _needs(event: Event, by_type: Listeners) -> tuple[bool, bool]:
    """Whether a listening rule needs the person's profile, and whether their groups."""
    if not event.person_id:
        return False, False
    listening = by_type.get(event.event_type, ())
    groups = any(one.definition.needs_groups for one in listening)
    return any(_of_rule(one) for one in listening), groups


def _signs(events: Sequence[Event], found: Mapping[str, Reading | ActionError]) -> list[Sign]:
    """They were read at once, so that any answer speaks for Okta: it is counted as the last."""
    signs = []
    for event in events:
        answer = found[event.person_id]
        error = answer if isinstance(answer, ActionError) else None
        signs.append(incidents.sign_of_reading(event, error))
    return sorted((sign for sign in signs if sign), key=lambda sign: sign.good)
