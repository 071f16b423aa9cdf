"""What a row of the list of events says, and what each filter leaves."""

from datetime import timedelta

import pytest

from portal import listing
from portal.roles import Role
from provisioning.events.models import Event
from tests.support.factories import (
    NOW,
    client_of,
    make_delivery,
    make_event,
    make_person,
    make_user,
)
from tests.support.list_checks import queries_of


def codes(query: str) -> set[str]:
    page = client_of(make_user()).get(f"/events/?{query}").context["page"]
    assert not page.problems
    return {row.code for row in page.rows}


@pytest.mark.django_db
def test_a_row_names_type_person_result_rules_and_delay() -> None:
    event = make_event(make_person("jane.doe@acme.example"), run_count=2, state=Event.State.HELD)
    html = client_of(make_user()).get("/events/").content.decode()
    row = html[html.index("<tbody>") : html.index("</tbody>")]
    assert f"/events/{event.code}/" in row
    for said in ("user.lifecycle.create", "jane.doe@acme.example", "Held", ">2<", "Hook", "0.40 s"):
        assert said in row


@pytest.mark.django_db
def test_events_that_could_not_be_matched_are_told_from_failed_runs() -> None:
    unmatched = make_event(state=Event.State.FAILED, run_count=0)
    failed = make_event(state=Event.State.FAILED, run_count=1)
    delayed = make_event(state=Event.State.RECEIVED, run_count=0, error_code="okta_rate")
    assert codes("state=unmatched") == {unmatched.code}
    assert codes("state=delayed") == {delayed.code}
    assert codes("state=failed") == {unmatched.code, failed.code}
    assert codes("state=unmatched&state=delayed") == {unmatched.code, delayed.code}


@pytest.mark.django_db
def test_a_whole_login_is_exact_and_a_beginning_finds_all() -> None:
    jane = make_event(make_person("jane@acme.example"))
    janet = make_event(make_person("janet@acme.example"))
    assert codes("person=jane@acme.example") == {jane.code}
    assert codes("person=jane") == {jane.code, janet.code}
    assert codes(f"person={janet.person_id}") == {janet.code}


@pytest.mark.django_db
def test_type_source_actor_delivery_and_time_filter() -> None:
    delivery = make_delivery()
    wanted = make_event(
        event_type="user.lifecycle.suspend",
        channel=Event.Channel.LOG,
        actor_login="root@acme.example",
        delivery=delivery,
        received_at=NOW - timedelta(hours=1),
    )
    make_event()
    for query in (
        "type=user.lifecycle.suspend",
        "source=log",
        "actor=root",
        f"delivery={delivery.code}",
        "to=2026-11-20T10:00:00Z",
    ):
        assert codes(query) == {wanted.code}


@pytest.mark.django_db
def test_the_search_finds_uuid_code_login_and_type() -> None:
    wanted = make_event(make_person("zoe@acme.example"), event_type="group.lifecycle.create")
    make_event(make_person("jane@acme.example"))
    for text in (wanted.uuid, wanted.code.lower(), "zoe", "group.lifecycle"):
        assert codes(f"q={text}") == {wanted.code}


@pytest.mark.django_db
def test_the_whole_name_of_a_type_finds_its_events_and_those_of_longer_names() -> None:
    found = [make_event(event_type=f"user.account.unlock{more}") for more in ("", "_by_admin")]
    make_event(event_type="user.account.lock")

    assert codes("q=user.account.unlock") == {event.code for event in found}


@pytest.mark.django_db
def test_what_a_search_finds_twice_is_counted_once() -> None:
    make_event(make_person("user.account@acme.example"), event_type="user.account.unlock")
    make_event(event_type="user.account.lock")
    make_event()

    page = client_of(make_user()).get("/events/?q=user.account").context["page"]

    assert page.count.number == len(page.rows) == 2


@pytest.mark.django_db
def test_a_search_is_counted_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """U10, U11: an index answers each part, none all of them; it is still one query."""
    for _ in range(4):
        make_event(event_type="user.account.unlock")
    monkeypatch.setattr(listing, "COUNT_CAP", 2)

    statements = queries_of(client_of(make_user()), "/events/?q=user.account.unlock&source=hook")

    (counting,) = [one for one in statements if "COUNT(*)" in one and "event_type" in one]
    assert " OR " not in counting
    assert counting.count("\"channel\" IN ('hook')") == 4
    assert len(statements) <= 8


@pytest.mark.django_db
def test_a_type_without_events_is_no_mistake_but_matches_nothing() -> None:
    make_event()
    response = client_of(make_user()).get("/events/?type=user.lifecycle.delete.initiated")
    assert response.status_code == 200
    assert "No events match" in response.content.decode()


@pytest.mark.django_db
def test_without_events_the_page_says_what_fills_it() -> None:
    html = client_of(make_user(Role.AUDITOR)).get("/events/").content.decode()
    assert "No events yet" in html
    assert "event hook delivers the first one" in html


@pytest.mark.django_db
def test_a_poll_tells_how_many_are_newer() -> None:
    make_event(received_at=NOW - timedelta(minutes=5))
    client = client_of(make_user())
    url = client.get("/events/").context["page"].news_url
    assert client.get(url).content.strip() == b""
    make_event(received_at=NOW)
    assert b"1 new event. Show" in client.get(url).content
