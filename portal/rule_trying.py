"""A definition held against a past event, as pages show it. Nothing is called or written."""

import re
from collections.abc import Sequence

from audit.codes import PATTERN
from portal import jsonview, truth
from portal.masking import masked, masked_text
from provisioning.events.models import Event, EventProfile
from provisioning.rules import lookups
from provisioning.rules.definitions import Definition
from provisioning.rules.previews import StepPreview, preview
from provisioning.rules.seeing import facts

#: Past events to choose from.
MOST_EVENTS = 50


def past_events(event_types: Sequence[str]) -> list[Event]:
    columns = ("code", "event_type", "received_at", "person_login", "person_name", "actor_login")
    events = Event.objects.filter(event_type__in=event_types)
    return list(events.only(*columns).order_by("-received_at", "-id")[:MOST_EVENTS])


def event_of(code: str) -> Event | None:
    if not re.fullmatch(PATTERN, code):
        return None
    return Event.objects.filter(code=code).exclude(state=Event.State.QUARANTINED).first()


def tried(definition: Definition, event: Event) -> dict[str, object]:
    """The definition as it would be held against this event, with the profile as it was then."""
    profile = EventProfile.objects.filter(pk=event.pk).first()
    said = preview(definition, facts(event, profile), tables=lookups.entries_of(definition))
    return {
        "matched": said.verdict.matched,
        "why_not": masked_text(said.verdict.why_not),
        "truth": truth.rows(said.verdict.trace),
        "previews": [_shown(step) for step in said.steps],
        "profile": profile,
        "needs_profile": definition.needs_user and profile is None,
    }


def _shown(step: StepPreview) -> dict[str, object]:
    return {
        "step": step,
        "sentence": masked_text(step.sentence),
        "problems": [masked_text(problem) for problem in step.problems],
        "params": None if step.params is None else jsonview.json_code(masked(step.params)),
    }
