"""The first band: what needs a person, or that nothing does."""

from datetime import timedelta

import pytest

from tests.portal.pages.overview.support import LAST_HOUR, busy, happened, look, viewer
from tests.support.factories import NOW, make_event, make_rule
from tests.support.run_factories import make_group


@pytest.mark.django_db
def test_the_most_frequent_cause_is_named() -> None:
    busy()
    html = look(viewer()).content.decode()
    assert "3 share one cause: The bucket team-folders does not exist." in html
    assert "Not understood and set aside; the oldest 20 m ago" in html
    assert "No rule could be asked; the oldest 2 d ago" in html


@pytest.mark.django_db
def test_where_nothing_waits_one_line_says_so() -> None:
    make_event(received_at=NOW - timedelta(seconds=8))
    make_event(received_at=NOW - timedelta(hours=2))
    make_event(received_at=NOW - timedelta(hours=25))
    html = look(viewer()).content.decode()
    assert "Nothing needs you." in html
    assert "2 events</a> received in the last 24 h" in html
    assert ">8 s ago</time>" in html


@pytest.mark.django_db
def test_a_run_that_was_replayed_waits_no_more() -> None:
    rule = make_rule()
    run = happened(rule, ("failed", "waiting"), superseded=True)
    make_group(rule, runs=[run])
    context = look(viewer()).context
    assert context["waiting"] == []
    assert list(context["causes"]) == []


@pytest.mark.django_db
def test_the_numbers_are_those_of_the_time_chosen() -> None:
    rule = make_rule()
    for seconds in (1, 2, 3, 10):
        make_event(received_at=LAST_HOUR, settled_at=LAST_HOUR + timedelta(seconds=seconds))
    happened(rule, ("succeeded", "succeeded"), at=NOW - timedelta(hours=30))
    happened(rule, ("succeeded", "succeeded"))
    happened(rule, ("failed", "waiting"))
    numbers = {one.label: one for one in look(viewer(), "?range=24h").context["numbers"]}
    assert numbers["Events received"].value == "6"
    assert (numbers["Runs succeeded"].value, numbers["Runs succeeded"].unit) == ("50.0", "%")
    # 1, 2, 3, 4 and 10 s: 0.95 of the way is 0.8 of the way from 4 to 10.
    assert (numbers["Event to done, p95"].value, numbers["Event to done, p95"].unit) == (
        "8.80",
        "s",
    )


@pytest.mark.django_db
def test_the_next_try_is_named() -> None:
    busy()
    numbers = {one.label: one for one in look(viewer()).context["numbers"]}
    assert numbers["Retrying now"].foot == "next in 38 s"


@pytest.mark.django_db
def test_a_trend_compares_with_the_time_before() -> None:
    for hours, count in ((1, 30), (30, 20)):
        for _ in range(count):
            make_event(received_at=NOW - timedelta(hours=hours))
    number = look(viewer()).context["numbers"][0]
    assert (number.trend, number.foot) == ("+50 %", "on the 24 h before")
