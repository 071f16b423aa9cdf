"""The one search box: what is found, where an exact text leads, what it costs."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit import trail
from audit.models import Entry
from portal.roles import Role
from tests.support.factories import (
    COMMAND,
    HOSTILE,
    SECRET,
    client_of,
    make_delivery,
    make_event,
    make_person,
    make_rule,
    make_user,
)
from tests.support.list_checks import assert_nothing_breaks, html_of
from tests.support.run_factories import make_group, make_run

pytestmark = pytest.mark.django_db


def found(text: str) -> dict[str, list[object]]:
    response = client_of(make_user()).get("/search/", {"q": text})
    assert response.status_code == 200
    return {group.kind: [row.pk for row in group.rows] for group in response.context["groups"]}


def straight(text: str, role: Role = Role.OPERATOR) -> str:
    response = client_of(make_user(role)).get("/search/", {"q": text})
    assert response.status_code == 302, response.content
    return str(response.headers["Location"])


def test_a_beginning_finds_the_person_their_events_and_their_runs() -> None:
    jane = make_person("jane.doe@acme.example", name="Jane Doe")
    event = make_event(jane)
    run = make_run(make_rule(), event)
    make_run(make_rule(), make_event(make_person("zoe@acme.example", name="Zoe")))
    assert found("jane.d") == {"person": [jane.pk], "event": [event.pk], "run": [run.pk]}
    assert found("JANE D")["person"] == [jane.pk]


def test_types_and_names_of_rules_are_found() -> None:
    rule = make_rule("marketing-folder")
    event = make_event(event_type="group.user_membership.add")
    run = make_run(rule, make_event(make_person()))
    assert found("group.user")["event"] == [event.pk]
    assert found("marketing-f") == {"rule": [rule.pk], "run": [run.pk]}


def test_an_exact_login_or_okta_id_leads_to_the_person() -> None:
    jane = make_person("jane@acme.example")
    make_person("jane@acme.example.test")
    for text in ("jane@acme.example", "JANE@acme.example", f" {jane.pk} "):
        assert straight(text) == f"/people/{jane.pk}/"


def test_a_login_of_two_people_leads_to_neither() -> None:
    pair = [make_person("twin@acme.example"), make_person("twin@acme.example")]
    assert set(found("twin@acme.example")["person"]) == {person.pk for person in pair}


def test_an_exact_code_leads_to_what_has_it() -> None:
    event = make_event(make_person())
    run = make_run(make_rule(), event)
    group, delivery = make_group(make_rule()), make_delivery()
    assert straight(event.code) == f"/events/{event.code}/"
    assert straight(run.code) == f"/runs/{run.code}/"
    assert straight(group.code) == f"/failures/{group.code}/"
    assert straight(delivery.code) == f"/deliveries/{delivery.code}/"


def test_an_exact_uuid_leads_to_the_event() -> None:
    event = make_event(uuid="f3a1b2c4-0000-4000-8000-0123456789ab")
    assert straight(event.uuid) == f"/events/{event.code}/"


def test_the_code_of_an_entry_leads_there_only_for_those_who_may_read_it() -> None:
    trail.record("delivery.refused", actor=COMMAND, obj=trail.Object("delivery", "X"))
    code = Entry.objects.order_by("-pk")[0].code
    assert straight(code, Role.AUDITOR) == f"/audit/{code}/"
    response = client_of(make_user(Role.OPERATOR)).get("/search/", {"q": code})
    assert response.status_code == 200
    assert not response.context["groups"]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("state:failed", "/runs/"),
        ("state:failed jane", "/runs/"),
        ("state:quarantined", "/events/"),
        ("actor:maya", "/events/"),
        ("outcome:refused", "/deliveries/"),
        ("state:SUSPENDED", "/people/"),
    ],
)
def test_a_qualifier_hands_over_to_the_list_that_knows_it(text: str, path: str) -> None:
    client = client_of(make_user())
    response = client.get("/search/", {"q": text}, follow=True)
    assert response.redirect_chain[0][0].startswith(f"{path}?q=")
    assert response.status_code == 200


def test_a_list_that_somebody_may_not_open_is_not_handed_over_to() -> None:
    response = client_of(make_user(Role.OPERATOR)).get("/search/", {"q": "verb:run.replayed"})
    assert response.status_code == 200
    assert straight("verb:run.replayed", Role.AUDITOR).startswith("/audit/?q=")


def test_ten_of_a_kind_are_shown_and_the_rest_is_a_link_with_the_same_number() -> None:
    for number in range(13):
        make_event(make_person(f"crowd{number:02}@acme.example"))
    client = client_of(make_user())
    groups = client.get("/search/", {"q": "crowd"}).context["groups"]
    for group in groups:
        assert len(group.rows) == 10
        assert group.counted == "13"
        assert client.get(group.url).context["page"].count.number == 13
    assert [group.kind for group in groups] == ["person", "event"]


def test_nothing_found_and_nothing_asked_are_said() -> None:
    client = client_of(make_user())
    assert "Nothing was found for “zzz”" in html_of(client, "/search/?q=zzz")
    assert "People, events, runs and rules." in html_of(client, "/search/")


def test_the_box_on_every_page_leads_here() -> None:
    html = html_of(client_of(make_user()), "/runs/")
    assert 'action="/search/"' in html
    assert 'placeholder="Search person, event, run, rule"' in html


@pytest.mark.parametrize(
    "text", ["person", "user.lifecycle", "rule", "zzz", "0123456789AB", "ABCDEFGHJKMN",
             "f3a1b2c4-0000-4000-8000-0123456789ab"]
)  # fmt: skip
def test_a_search_asks_at_most_eight_times(text: str) -> None:
    rule = make_rule()
    for _ in range(30):
        make_run(rule, make_event(make_person()))
    client = client_of(make_user(Role.ADMIN))
    with CaptureQueriesContext(connection) as caught:
        assert client.get("/search/", {"q": text}).status_code == 200
    assert len(caught) <= 8


def test_hostile_text_makes_no_element_and_secrets_are_masked() -> None:
    person = make_person(f"hit{HOSTILE}@acme.example", name=f"{HOSTILE} {SECRET}")
    make_run(make_rule(), make_event(person))
    client = client_of(make_user())
    for text in ("hit", HOSTILE, f"nobody {HOSTILE} {SECRET}"):
        html = client.get("/search/", {"q": text}).content.decode()
        assert "<img" not in html, text
        assert "&lt;img src=x" in html, text
    assert SECRET not in html_of(client, "/search/?q=hit")


def test_nothing_in_the_address_breaks_it() -> None:
    make_run(make_rule(), make_event(make_person()))
    client = client_of(make_user(Role.ADMIN))
    assert_nothing_breaks(_Following(client), "/search/", ["q", "zzz"], 400)


class _Following:
    """A client that goes where a search sends it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def get(self, url: str, /) -> object:
        return self._client.get(url, follow=True)
