"""The text of an event as text: never a page, never with a secret."""

import pytest

from provisioning.events.models import Event
from tests.support.factories import HOSTILE, SECRET, client_of, make_event, make_user


def raw(event: Event) -> tuple[str, dict[str, str]]:
    response = client_of(make_user()).get(f"/events/{event.code}/raw/")
    assert response.status_code == 200
    return response.content.decode(), dict(response.headers)


@pytest.mark.django_db
def test_the_stored_text_comes_back_byte_for_byte() -> None:
    text = '{"b": 1.50, "a":"\\ud800",\n "n": 12345678901234567890123}'
    event = make_event()
    Event.objects.filter(pk=event.pk).update(body=text)
    assert raw(event)[0] == text


@pytest.mark.django_db
def test_a_browser_may_not_take_it_for_a_page() -> None:
    _, headers = raw(make_event(body={"name": HOSTILE}))
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_a_secret_in_it_is_masked() -> None:
    text, _ = raw(make_event(body={"said": f"Bearer {SECRET}", "password": "hunter22", "b": 1}))
    assert SECRET not in text
    assert "hunter22" not in text
    assert '"b": 1' in text
