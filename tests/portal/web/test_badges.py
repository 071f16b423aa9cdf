"""Every state of a model has a look of its own."""

import pytest

from portal.badges import BADGES, TONES, badge_for
from portal.templatetags import portal_tags
from provisioning.events.models import Delivery, Event
from provisioning.runs.models import FailureGroup, Run, Step

STATES = [
    *Event.State.values,
    *Delivery.Outcome.values,
    *Run.State.values,
    *Run.Mode.values,
    *Step.State.values,
    *FailureGroup.Advice.values,
]


@pytest.mark.parametrize("state", STATES)
def test_a_state_of_a_model_has_a_badge(state: str) -> None:
    assert state in BADGES


def test_every_badge_has_a_known_tone() -> None:
    assert {badge.tone for badge in BADGES.values()} <= set(TONES)


def test_a_state_without_a_badge_is_shown_by_its_own_name() -> None:
    badge = badge_for("half_done")
    assert (badge.tone, badge.word) == ("off", "Half done")


def test_a_badge_escapes_its_text() -> None:
    html = portal_tags.badge("failed", "<img src=x onerror=alert(1)>")
    assert "<img" not in html
    assert "&lt;img" in html
