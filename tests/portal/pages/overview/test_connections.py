"""Whether Okta reaches us and work is done, in words."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from portal.overview.connections import Line
from provisioning.events.models import Delivery, Event
from provisioning.runs.troubles import Incident
from tests.portal.pages.overview.support import alive, look, viewer
from tests.support.cluster import point_django_at_redis
from tests.support.factories import NOW, make_delivery, make_event, make_rule
from tests.support.run_factories import make_run


def line(name: str) -> Line:
    lines: dict[str, Line] = {one.name: one for one in look(viewer()).context["connections"]}
    return lines[name]


@pytest.fixture(autouse=True)
def _one_event() -> None:
    make_event(received_at=NOW - timedelta(hours=1))


pytestmark = pytest.mark.django_db


def test_a_good_delivery_is_healthy_and_says_when() -> None:
    make_delivery(received_at=NOW - timedelta(seconds=8))
    hook = line("Okta")
    assert (hook.tone, hook.word, hook.at) == ("ok", "Healthy", NOW - timedelta(seconds=8))
    assert hook.text == "No call refused in 24 h"


def test_a_hook_that_was_only_verified_says_so() -> None:
    make_delivery(outcome=Delivery.Outcome.VERIFIED)
    assert line("Okta").word == "Verified"


def test_no_worker_is_said_in_words_with_what_to_do() -> None:
    alive("clock")
    found = line("Workers and clock")
    assert found.tone == "bad"
    assert "Start manage.py work" in found.text


def test_no_clock_is_said_in_words_with_what_to_do() -> None:
    alive("worker", "worker")
    found = line("Workers and clock")
    assert found.tone == "bad"
    assert found.text.startswith("2 workers seen in the last 30 s; no clock")


def test_a_worker_and_a_clock_are_healthy() -> None:
    alive("worker", "clock")
    assert line("Workers and clock").word == "Healthy"


def test_work_that_nobody_takes_is_behind() -> None:
    run = make_run(make_rule(), states=("waiting", "waiting"))
    run.due_at = NOW - timedelta(minutes=5)
    run.save()
    found = line("Queue")
    assert (found.tone, found.text) == ("warn", "The oldest work is due since 5 m")


@pytest.fixture
def _redis_away(redis_url: str) -> Iterator[None]:
    point_django_at_redis("redis://127.0.0.1:1/0")
    yield
    point_django_at_redis(redis_url)


@pytest.mark.usefixtures("_redis_away")
def test_redis_away_is_said_and_breaks_nothing() -> None:
    found = line("Queue")
    assert found.tone == "warn"
    assert "Redis cannot be reached" in found.text


def test_events_that_wait_for_okta_are_counted_with_the_reason() -> None:
    make_event(
        state=Event.State.RECEIVED,
        run_count=0,
        error_code="okta_rate",
        error="Okta allows no more calls this minute.",
        due_at=NOW + timedelta(minutes=1),
    )
    okta = line("Okta API")
    assert okta.text == "Okta allows no more calls this minute."
    assert okta.link == "1 event waiting"
    page = viewer().get(okta.url).context["page"]
    assert page.count.number == 1


def test_an_outage_of_okta_is_said_and_leads_to_the_events_that_wait_for_it() -> None:
    """Neither they nor what follows them is due, so the queue is not behind; and they are not
    being matched again."""
    incident = Incident.objects.create(
        target="okta", cause="okta_http_503", opened_at=NOW, probe_due_at=NOW
    )
    for code in ("", "okta_http_503"):
        make_event(
            state=Event.State.RECEIVED, run_count=0, parked=True, incident=incident,
            error_code=code, error=code, due_at=NOW - timedelta(minutes=5), lane=f"lane {code}",
        )  # fmt: skip
    make_event(
        state=Event.State.RECEIVED, run_count=0, due_at=NOW - timedelta(minutes=5), lane="lane "
    )
    okta = line("Okta API")
    assert (okta.tone, okta.word, okta.link) == ("bad", "Out", "3 events waiting")
    assert viewer().get(okta.url).context["page"].count.number == 3
    assert line("Queue").tone == "ok"
