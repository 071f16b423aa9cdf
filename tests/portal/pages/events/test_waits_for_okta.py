"""An event that waits because Okta is out says so, wherever its standing is shown."""

from datetime import timedelta

import pytest
from django.test import Client

from portal.roles import Role
from provisioning.events.models import Event
from provisioning.runs.troubles import Incident
from tests.support.factories import (
    HOSTILE,
    NOW,
    client_of,
    make_event,
    make_person,
    make_rule,
    make_user,
)
from tests.support.list_checks import html_of, queries_of
from tests.support.run_factories import make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR))


@pytest.fixture
def incident() -> Incident:
    return Incident.objects.create(
        target="okta", cause="okta_http_503", opened_at=NOW, probe_due_at=NOW + timedelta(minutes=5)
    )


def waiting(of: Incident, **values: object) -> Event:
    defaults: dict[str, object] = {
        "state": Event.State.RECEIVED, "run_count": 0, "settled_at": None, "parked": True,
        "incident": of,
    }  # fmt: skip
    return make_event(make_person(), **{**defaults, **values})


def test_its_page_says_what_it_waits_for_and_since_when(client: Client, incident: Incident) -> None:
    event = waiting(incident, error_code="okta_http_503", error=f"Okta failed. {HOSTILE}")
    html = html_of(client, f"/events/{event.code}/")
    assert "Waits for Okta" in html
    assert f"since 2026-11-20 10:02:00 UTC, incident {incident.code}." in html
    assert "Okta failed." in html
    assert HOSTILE not in html
    assert 'href="/incidents/">See outages' in html


def test_a_later_event_of_the_person_says_that_it_follows(
    client: Client, incident: Incident
) -> None:
    first = waiting(incident)
    later = waiting(
        incident, parked=False, incident=None, lane=first.lane,
        published_at=NOW + timedelta(minutes=1),
    )  # fmt: skip
    earlier = waiting(
        incident, parked=False, incident=None, lane=first.lane,
        published_at=NOW - timedelta(minutes=1),
    )  # fmt: skip
    html = html_of(client, f"/events/{later.code}/")
    assert "Waits for an earlier event of this person" in html
    assert f"Event {first.code} came first" in html
    assert "Waits for" not in html_of(client, f"/events/{earlier.code}/")


def test_one_that_went_on_says_nothing_of_it(client: Client, incident: Incident) -> None:
    done = waiting(incident, parked=False, state=Event.State.NO_MATCH)
    assert "Waits for" not in html_of(client, f"/events/{done.code}/").split("What it caused")[0]


def test_the_list_says_it_and_finds_it(client: Client, incident: Incident) -> None:
    event = waiting(incident, error_code="okta_http_503", error="Okta failed.")
    delayed = waiting(incident, parked=False, error_code="okta_rate_limited", error="Slow down.")
    follower = waiting(incident, parked=False, incident=None, lane=event.lane)
    done = make_event()

    def codes(query: str) -> set[str]:
        return {row.code for row in client.get(f"/events/?{query}").context["page"].rows}

    assert codes("state=parked") == {event.code, follower.code}
    assert codes("state=delayed") == {delayed.code}
    assert codes("state=parked&state=done") == {event.code, follower.code, done.code}
    html = html_of(client, "/events/?state=parked")
    assert html[html.index("<tbody>") :].count("Waits for Okta") == 2


def test_the_outage_says_how_many_events_and_runs_wait(client: Client, incident: Incident) -> None:
    for _ in range(3):
        waiting(incident)
    html = html_of(client, "/incidents/")
    assert "okta is out" in html
    assert '<a href="/events/?state=parked">3 events</a> wait. Out since' in html
    few = len(queries_of(client, "/incidents/"))
    rule = make_rule()
    for _ in range(2):
        make_run(rule, states=("retrying", "waiting"), parked=True, incident=incident)
    html = html_of(client, "/incidents/")
    assert "3 events</a> wait, and 2 runs wait. Out since" in html
    assert len(queries_of(client, "/incidents/")) == few
    for path in ("/", "/failures/"):
        assert "okta is out" in html_of(client, path)
