"""The list of people: who is in it, how they are found, and what a row says."""

from collections.abc import Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from provisioning.events.models import Person
from tests.support.factories import (
    HOSTILE,
    SECRET,
    client_of,
    make_event,
    make_person,
    make_rule,
    make_user,
)
from tests.support.list_checks import assert_nothing_breaks, html_of, row_links
from tests.support.run_factories import make_run

pytestmark = pytest.mark.django_db


def link(person: Person) -> str:
    return f"/people/{person.okta_id}/"


def found(query: str) -> list[str]:
    return row_links(html_of(client_of(make_user()), f"/people/?{query}"))


def make_people(logins: Sequence[str]) -> list[Person]:
    return [make_person(f"{login}@acme.example") for login in logins]


def test_people_stand_by_login_and_lead_to_their_pages() -> None:
    zoe, ada = make_people(["zoe", "ada"])
    assert found("") == [link(ada), link(zoe)]


def test_a_row_tells_name_state_and_open_failures() -> None:
    person, rule = make_person(name="Jane Doe"), make_rule()
    Person.objects.filter(pk=person.pk).update(status="SUSPENDED")
    for states in (("failed",), ("unknown",), ("succeeded",)):
        make_run(rule, make_event(person), states=states)
    make_run(rule, make_event(person), states=("failed",), superseded=True)
    html = html_of(client_of(make_user()), "/people/")
    row = html[html.index("<tbody>") : html.index("</tbody>")]
    assert "Jane Doe" in row
    assert "Suspended" in row
    assert '<b class="text-bad">2</b>' in row


def test_the_beginning_of_login_or_name_finds_whatever_its_case() -> None:
    jane = make_person("j.doe@acme.example", name="Jane Doe")
    umlaut = make_person("x@acme.example", name="Özil Arda")
    make_person("other@acme.example", name="Somebody")
    for text in ("J.DOE", "jane", "JANE D", jane.okta_id):
        assert found(f"q={text}") == [link(jane)], text
    assert found("q=özil") == [link(umlaut)]
    assert found("q=doe") == []


def test_signs_of_like_are_only_signs() -> None:
    make_person("jane@acme.example")
    assert found("q=%25") == found("q=_ane") == []


def test_a_state_in_okta_filters() -> None:
    active, gone = make_people(["a", "b"])
    Person.objects.filter(pk=active.pk).update(status="ACTIVE")
    Person.objects.filter(pk=gone.pk).update(status="DEPROVISIONED")
    assert found("state=DEPROVISIONED") == [link(gone)]


def test_following_older_shows_everybody_once_and_newer_leads_back() -> None:
    people = make_people([f"person{number:03}" for number in range(120)])
    client, url, seen = client_of(make_user()), "/people/", list[str]()
    while url:
        page = client.get(url).context["page"]
        seen += [row.pk for row in page.rows]
        newer, url = page.newer_url, page.older_url
    assert seen == [person.pk for person in people]
    assert [row.pk for row in client.get(newer).context["page"].rows] == seen[50:100]


def test_equal_logins_and_strange_ids_are_no_trouble_for_pages() -> None:
    for number in range(60):
        Person.objects.create(
            okta_id=f"~{number:02}%7E/../?", login="same", first_seen_at="2026-11-20T10:00Z",
            last_event_at="2026-11-20T10:00Z",
        )  # fmt: skip
    client = client_of(make_user())
    first = client.get("/people/").context["page"]
    second = client.get(first.older_url).context["page"]
    assert len({row.pk for row in (*first.rows, *second.rows)}) == 60


def test_a_hostile_person_makes_no_element_and_a_secret_is_masked() -> None:
    make_person(f"{HOSTILE}@acme.example", name=HOSTILE)
    make_person("x@acme.example", name=SECRET)
    html = html_of(client_of(make_user()), "/people/")
    assert "<img" not in html
    assert "&lt;img src=x" in html
    assert SECRET not in html


def test_an_id_that_is_no_okta_id_is_shown_without_a_link() -> None:
    Person.objects.create(
        okta_id="../../sign-out", login="mallory@acme.example",
        first_seen_at="2026-11-20T10:00Z", last_event_at="2026-11-20T10:00Z",
    )  # fmt: skip
    html = html_of(client_of(make_user()), "/people/")
    assert '<th scope="row">mallory@acme.example</th>' in html


def test_without_people_the_page_says_what_fills_it() -> None:
    assert "Nobody yet" in html_of(client_of(make_user()), "/people/")


def test_the_list_asks_at_most_eight_times_whatever_its_length() -> None:
    client, rule = client_of(make_user()), make_rule()
    counts = []
    for number in (10, 90):
        for person in make_people([f"p{number}-{n}" for n in range(number)]):
            make_run(rule, make_event(person), states=("failed",))
        with CaptureQueriesContext(connection) as caught:
            client.get("/people/?size=100&q=p")
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 8


def test_nothing_in_the_address_breaks_it() -> None:
    make_people(["a", "b"])
    names = ["q", "state", "size", "since", "zzz"]
    assert_nothing_breaks(client_of(make_user()), "/people/", names, 300)
