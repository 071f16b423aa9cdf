"""Putting an event back that could not be held against the rules."""

import pytest
from django.test import Client

from audit.models import Entry
from portal.roles import Role
from provisioning.events.models import Event
from tests.support.factories import NOW, client_of, make_event, make_user


def unmatched() -> Event:
    return make_event(
        state=Event.State.FAILED,
        run_count=0,
        attempts=9,
        error_code="okta_unavailable",
        error="Okta answered 503.",
        settled_at=NOW,
    )


@pytest.mark.django_db
def test_an_operator_puts_it_back_and_the_trail_says_who(redis_url: str) -> None:
    event, user = unmatched(), make_user(Role.OPERATOR)
    response = client_of(user).post(f"/events/{event.code}/retry/", follow=True)
    event.refresh_from_db()
    assert event.state == Event.State.RECEIVED
    assert event.attempts == 0
    assert "held against the rules again" in response.content.decode()
    entry = Entry.objects.get(verb="event.retried", object_id=event.code)
    assert entry.actor_id == user.code


@pytest.mark.django_db
def test_an_event_that_did_not_fail_is_left_as_it_is() -> None:
    event = make_event(state=Event.State.DONE)
    response = client_of(make_user()).post(f"/events/{event.code}/retry/", follow=True)
    event.refresh_from_db()
    assert event.state == Event.State.DONE
    assert "Nothing was done" in response.content.decode()
    assert not Entry.objects.filter(verb="event.retried").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.APPROVER, Role.AUDITOR])
def test_others_see_who_can_and_cannot_do_it(role: Role) -> None:
    event, client = unmatched(), client_of(make_user(role))
    html = client.get(f"/events/{event.code}/").content.decode()
    assert "/retry/" not in html
    assert "Admins and operators can retry it." in html
    assert client.post(f"/events/{event.code}/retry/").status_code == 403
    event.refresh_from_db()
    assert event.state == Event.State.FAILED


@pytest.mark.django_db
def test_reading_never_puts_it_back() -> None:
    event = unmatched()
    assert client_of(make_user()).get(f"/events/{event.code}/retry/").status_code == 405
    event.refresh_from_db()
    assert event.state == Event.State.FAILED


@pytest.mark.django_db
def test_a_form_without_a_token_is_refused() -> None:
    event, client = unmatched(), Client(enforce_csrf_checks=True)
    client.force_login(make_user())
    assert client.post(f"/events/{event.code}/retry/").status_code == 403
    event.refresh_from_db()
    assert event.state == Event.State.FAILED
