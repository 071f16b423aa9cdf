"""The page of one person: who they are, what happened, what changed, what is open."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import trail
from portal.roles import Role
from provisioning.events.models import Person
from provisioning.runs.models import Run
from tests.support.factories import (
    HOSTILE,
    NOW,
    SECRET,
    client_of,
    make_event,
    make_person,
    make_rule,
    make_user,
)
from tests.support.list_checks import assert_nothing_breaks, html_of
from tests.support.run_factories import make_run

pytestmark = pytest.mark.django_db
MAYA = trail.Actor("user", "U1", "maya", "203.0.113.9")
WORKER = trail.Actor("worker", "worker-1", "", "worker-1")


def path(person: Person) -> str:
    return f"/people/{person.okta_id}/"


def page_of(person: Person, query: str = "", role: Role = Role.ADMIN) -> str:
    return html_of(client_of(make_user(role)), f"{path(person)}?{query}")


def lines(person: Person, query: str = "", role: Role = Role.ADMIN) -> list[tuple[str, int]]:
    page = client_of(make_user(role)).get(f"{path(person)}?{query}").context["page"]
    return [(line.kind, line.pk) for line in page.rows]


def read_profile(person: Person, **profile: object) -> None:
    Person.objects.filter(pk=person.pk).update(
        status="ACTIVE",
        user={"status": "ACTIVE", "profile": {"department": "Marketing", **profile}},
        user_read_at=NOW,
        previous={"status": "ACTIVE", "profile": {"department": "Sales", **profile}},
        previous_read_at=NOW - timedelta(days=2),
    )


def replayed(run: Run, actor: trail.Actor = MAYA) -> None:
    trail.record("run.replayed", actor=actor, obj=trail.Object("run", run.code, "x"))


def test_the_head_names_the_person_their_state_department_and_manager() -> None:
    person = make_person("jane.doe@acme.example", name="Jane Doe")
    read_profile(person, manager="Ada Lovelace")
    html = page_of(person)
    head = html[html.index('class="page-head"') : html.index('class="split"')]
    for said in (
        "Jane Doe",
        "Active",
        "jane.doe@acme.example",
        "Marketing",
        "manager Ada Lovelace",
    ):
        assert said in head


def test_what_changed_last_and_when_the_profile_was_read_are_said() -> None:
    person = make_person()
    read_profile(person)
    html = page_of(person)
    changed = html[html.index('aria-label="What changed last"') :].partition("</section>")[0]
    assert "profile.department" in changed
    assert "<del>Sales</del> → <ins>Marketing</ins>" in changed
    assert "2026-11-18" in changed
    assert "read from Okta" in html


def test_events_runs_and_acts_stand_in_one_line_of_time() -> None:
    person, rule = make_person(), make_rule()
    first = make_event(person, received_at=NOW)
    run = make_run(rule, first, created_at=NOW + timedelta(minutes=1))
    second = make_event(person, received_at=NOW + timedelta(minutes=2))
    make_event(make_person())
    replayed(run)
    replayed(run, WORKER)
    found = lines(person)
    assert [kind for kind, _ in found] == ["act", "event", "run", "event"]
    assert [pk for _, pk in found][1:] == [second.pk, run.pk, first.pk]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.APPROVER])
def test_who_may_not_read_the_audit_log_sees_no_acts(role: Role) -> None:
    person = make_person()
    run = make_run(make_rule(), make_event(person))
    replayed(run)
    assert "act" not in [kind for kind, _ in lines(person, role=role)]
    html = page_of(person, role=role)
    assert "maya" not in html
    assert "Admins and auditors also see what people did." in html
    response = client_of(make_user(role)).get(f"{path(person)}?kind=act")
    assert response.status_code == 400


def test_an_auditor_sees_acts() -> None:
    person = make_person()
    replayed(make_run(make_rule(), make_event(person)))
    assert "by maya" in page_of(person, role=Role.AUDITOR)


def test_kind_and_time_filter() -> None:
    person = make_person()
    old = make_event(person, received_at=NOW - timedelta(days=3))
    run = make_run(make_rule(), old, created_at=NOW)
    assert lines(person, "kind=run") == [("run", run.pk)]
    assert lines(person, "to=2026-11-19") == [("event", old.pk)]
    assert lines(person, "kind=event&from=2026-11-19") == []


def test_older_pages_show_every_line_once_even_at_one_moment() -> None:
    person, rule = make_person(), make_rule()
    for number in range(70):
        at = NOW + timedelta(seconds=number // 40)
        make_run(rule, make_event(person, received_at=at), created_at=at)
    client, url, seen = client_of(make_user()), path(person), list[tuple[object, ...]]()
    pages = 0
    while url:
        page = client.get(url).context["page"]
        seen += [line.place for line in page.rows]
        url, pages = page.older_url, pages + 1
    assert len(seen) == len(set(seen)) == 140
    assert seen == sorted(seen, reverse=True)
    assert pages == 3


def test_open_failures_are_listed_with_why() -> None:
    person, rule = make_person(), make_rule()
    failed = make_run(rule, make_event(person), states=("failed",), error="No such bucket.")
    make_run(rule, make_event(person), states=("failed",), superseded=True)
    html = page_of(person)
    section = html[html.index('aria-label="Open failures"') :].partition("</section>")[0]
    assert section.count("/runs/0") + section.count("/runs/") >= 1
    assert f"/runs/{failed.code}/" in section
    assert "No such bucket." in section
    assert section.count('class="panel-line"') == 1


def test_without_open_failures_there_is_no_such_section() -> None:
    assert 'aria-label="Open failures"' not in page_of(make_person())


def test_somebody_known_only_from_an_event_has_a_page_too() -> None:
    make_event(None, person_id="00unew", person_login="new@acme.example", person_name="New One")
    html = html_of(client_of(make_user()), "/people/00unew/")
    assert "New One" in html
    assert "No profile was read yet." in html


@pytest.mark.parametrize(
    "okta_id", ["00unobody", "%2e%2e", "..", "a%2Fb", "<script>", "a b", "x" * 201, "é", "a%00"]
)
def test_an_unknown_or_hostile_id_is_not_found(okta_id: str) -> None:
    make_event(None, person_id="a/b")
    for suffix in ("", "why/"):
        assert client_of(make_user()).get(f"/people/{okta_id}/{suffix}").status_code == 404


def test_a_hostile_person_makes_no_element_and_secrets_are_masked() -> None:
    person = make_person(f"{HOSTILE}@acme.example", name=HOSTILE)
    read_profile(person, department=HOSTILE, manager=HOSTILE, note=SECRET, apiToken="plain-looking")
    event = make_event(person, event_type=f"user.{HOSTILE}", display_message=SECRET)
    make_run(make_rule(), event, states=("failed",), error=f"{SECRET} {HOSTILE}")
    html = page_of(person)
    assert "<img" not in html
    assert "&lt;img src=x" in html
    assert SECRET not in html
    assert "plain-looking" not in html


def test_the_page_asks_at_most_twelve_times_whatever_its_length() -> None:
    person, rule, counts = make_person(), make_rule(), []
    read_profile(person)
    client = client_of(make_user(Role.ADMIN))
    for number in (3, 60):
        for _ in range(number):
            replayed(make_run(rule, make_event(person), states=("failed",)))
        with CaptureQueriesContext(connection) as caught:
            client.get(path(person))
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 12


def test_nothing_in_the_address_breaks_it() -> None:
    person = make_person()
    make_run(make_rule(), make_event(person))
    names = ["kind", "since", "from", "to", "size", "zzz"]
    assert_nothing_breaks(client_of(make_user(Role.ADMIN)), path(person), names, 300)


def test_a_filter_that_does_not_exist_is_named() -> None:
    assert "no filter called “colour”" in page_of(make_person(), "colour=red")
