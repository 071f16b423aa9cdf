"""Who sees what on the overview."""

import pytest
from django.test import Client

from audit import trail
from audit.trail import Actor, Object
from portal.roles import Role
from tests.portal.pages.overview.support import busy, look, viewer


def change() -> None:
    actor = Actor("user", "somebody", "tomas.o", "203.0.113.9")
    trail.record("rule.turned_off", actor=actor, obj=Object("rule", "joiner", "joiner"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "replays", "reads"),
    [
        (Role.ADMIN, True, True),
        (Role.OPERATOR, True, False),
        (Role.APPROVER, False, False),
        (Role.AUDITOR, False, True),
    ],
)
def test_replay_and_changes_are_drawn_for_who_may(role: Role, replays: bool, reads: bool) -> None:
    busy()
    change()
    html = look(viewer(role)).content.decode()
    assert ("Replay 3" in html) is replays
    assert ("Admins and operators can replay." in html) is not replays
    assert ("tomas.o</span> turned off" in html) is reads
    assert ("Latest changes" in html) is reads


@pytest.mark.django_db
def test_a_stranger_is_sent_to_the_sign_in() -> None:
    response = Client().get("/?range=7d")
    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/%3Frange%3D7d"


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["?range=2y", "?range=", "?range=%00", "?colour=red&range=24h"])
def test_what_is_not_understood_is_said(query: str) -> None:
    busy()
    response = look(viewer(), query)
    assert response.context["notices"]
    assert response.context["span"].range.slug == "24h"


@pytest.mark.django_db
@pytest.mark.parametrize("chosen", ["1h", "24h", "7d", "30d"])
def test_the_range_stands_in_the_address_and_is_marked(chosen: str) -> None:
    busy()
    response = look(viewer(), f"?range={chosen}")
    assert not response.context["notices"]
    assert f'href="?range={chosen}" aria-current="true"' in response.content.decode()
