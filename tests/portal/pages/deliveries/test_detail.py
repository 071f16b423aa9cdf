"""The page of one call: its facts and its events."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from provisioning.events.models import Delivery
from tests.support.factories import client_of, make_delivery, make_event, make_person, make_user


def page(delivery: Delivery) -> str:
    return client_of(make_user()).get(f"/deliveries/{delivery.code}/").content.decode()


@pytest.mark.django_db
def test_its_events_are_listed_and_lead_to_their_pages() -> None:
    delivery = make_delivery(event_count=3, stored_count=2)
    event = make_event(make_person("jane@acme.example"), delivery=delivery)
    other = make_event()
    html = page(delivery)
    assert f"/events/{event.code}/" in html
    assert other.code not in html
    assert "3 sent, 2 new, 1 known already" in html
    assert f"/events/?delivery={delivery.code}" in html


@pytest.mark.django_db
def test_a_refused_call_says_why_and_what_follows() -> None:
    delivery = make_delivery(
        outcome=Delivery.Outcome.REFUSED,
        reason="too_large",
        detail="6291456 bytes; at most 5242880.",
        status=413,
        event_count=0,
        stored_count=0,
    )
    html = page(delivery)
    assert "Body too large" in html
    assert "6291456 bytes; at most 5242880." in html
    assert "Okta does not send it again" in html


@pytest.mark.django_db
def test_a_verification_says_what_it_was() -> None:
    delivery = make_delivery(
        outcome=Delivery.Outcome.VERIFIED, method="GET", event_count=0, stored_count=0
    )
    assert "Okta asked whether this endpoint is ours" in page(delivery)


@pytest.mark.django_db
def test_facts_name_digest_secret_and_request() -> None:
    delivery = make_delivery(digest=bytes(range(32)), secret_label="second", envelope_id="env-1")
    html = page(delivery)
    for said in (bytes(range(32)).hex(), "second", "env-1", delivery.request_id):
        assert said in html


@pytest.mark.django_db
def test_it_asks_at_most_twelve_times_for_one_event_or_fifty() -> None:
    counts = []
    for events in (1, 50):
        delivery = make_delivery(event_count=events, stored_count=events)
        for _ in range(events):
            make_event(delivery=delivery)
        client = client_of(make_user())
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/deliveries/{delivery.code}/")
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 12
