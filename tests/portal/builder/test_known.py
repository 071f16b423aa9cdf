"""What the builder offers and doubts comes from stored events and profiles."""

from datetime import timedelta

import pytest

from portal.builder.known import known, times_text
from tests.support.factories import NOW, make_event, make_person, make_profile

pytestmark = pytest.mark.django_db


def test_types_are_counted_over_30_days() -> None:
    for days in (0, 1, 29, 31):
        make_event(event_type="user.a", received_at=NOW - timedelta(days=days))
    make_event(event_type="user.b", received_at=NOW - timedelta(days=40))

    assert known([], now=NOW).types == {"user.a": 3, "user.b": 0}


def test_fields_are_those_of_the_latest_events_and_profiles() -> None:
    event = make_event(make_person(), event_type="user.a")
    make_profile(event, {"costCenter": "5", "odd name": "x"})

    seen = known(["user.a"], now=NOW)

    assert {"user.profile.costCenter", "event.outcome.result"} <= set(seen.fields)
    assert "user.profile.odd name" not in seen.fields
    assert seen.doubt("user.profile.costCenter") == ""
    assert seen.doubt("user.profile.costcenter") == "No profile read so far has costcenter."
    assert seen.doubt("event.outcome.reslt").startswith("The latest events")
    assert seen.names_under("event.outcome") == {"result"}


def test_nothing_is_doubted_while_nothing_is_known() -> None:
    seen = known(["user.a"], now=NOW)

    assert seen.doubt("user.profile.anything") == ""
    assert seen.doubt("event.anything.at.all") == ""


@pytest.mark.parametrize(
    ("count", "said"),
    [(None, "none in 30 days"), (0, "none in 30 days"), (4, "4 in 30 days"),
     (210, "about 7 a day"), (1_000, "more than 33 a day")],
)  # fmt: skip
def test_how_often_is_said_in_words(count: int | None, said: str) -> None:
    assert times_text(count) == said
