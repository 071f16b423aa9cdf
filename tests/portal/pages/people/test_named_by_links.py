"""Wherever a person is named, the name leads to their page."""

import pytest

from tests.support.factories import (
    client_of,
    make_delivery,
    make_event,
    make_person,
    make_rule,
    make_user,
)
from tests.support.list_checks import html_of
from tests.support.run_factories import make_run

pytestmark = pytest.mark.django_db


def test_lists_and_details_of_events_and_runs_link_to_the_person() -> None:
    person = make_person("jane@acme.example", name="Jane Doe")
    delivery = make_delivery()
    event = make_event(person, delivery=delivery)
    rule = make_rule("joiner")
    run = make_run(rule, event)
    client = client_of(make_user())
    for path in (
        "/events/", f"/events/{event.code}/", "/runs/", f"/runs/{run.code}/",
        f"/deliveries/{delivery.code}/", f"/rules/joiner/test/?event={event.code}",
    ):  # fmt: skip
        content = html_of(client, path).partition("<main")[2]
        assert f'<a href="/people/{person.pk}/">' in content, path


def test_an_id_that_is_no_okta_id_is_named_without_a_link() -> None:
    make_event(None, person_id="../sign-out", person_login="mallory@acme.example")
    html = html_of(client_of(make_user()), "/events/")
    assert '<td data-label="Person">mallory@acme.example' in html
    assert "sign-out/</a>" not in html
