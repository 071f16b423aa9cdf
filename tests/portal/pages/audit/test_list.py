"""The list of entries: who did what to which, with filters that an index answers."""

import pytest
from django.urls import reverse

from audit import trail
from audit.models import Entry
from audit.trail import Actor, Object
from portal.models import User
from portal.roles import Role
from tests.support.factories import COMMAND, client_of, make_rule, make_user

OKTA = Actor("okta", "main", "Okta", "203.0.113.7", "request-1")


def tell(verb: str, obj: Object, actor: Actor = COMMAND, outcome: str = "ok") -> Entry:
    code = trail.record(verb, actor=actor, obj=obj, outcome=outcome)
    return Entry.objects.get(code=code)


def found(query: str) -> set[str]:
    page = client_of(make_user(Role.AUDITOR)).get(f"/audit/?{query}").context["page"]
    assert not page.problems
    return {row.code for row in page.rows}


@pytest.mark.django_db
def test_a_row_says_who_did_what_in_a_sentence() -> None:
    maya = make_user(Role.ADMIN, "maya.l")
    actor = Actor("user", maya.code, "maya.l", "198.51.100.9")
    entry = tell("rule.turned_off", Object("rule", "joiner", "joiner"), actor)
    html = client_of(maya).get("/audit/").content.decode()
    row = html[html.index(f"/audit/{entry.code}/") :].partition("</tr>")[0]
    for said in (f"#{entry.pk}", "rule.turned_off", "a rule was turned off", "maya.l", "joiner",
                 "198.51.100.9", "Done"):  # fmt: skip
        assert said in row


@pytest.mark.django_db
def test_names_of_people_come_from_beside_the_log() -> None:
    actor = Actor("user", "somebody", "maya.l", "198.51.100.9")
    entry = tell("rule.turned_off", Object("rule", "joiner"), actor)
    assert entry.actor_label == ""
    html = client_of(make_user(Role.AUDITOR)).get("/audit/").content.decode()
    assert "maya.l" in html


@pytest.mark.django_db
def test_objects_that_have_a_page_are_links() -> None:
    make_rule("joiner")
    tell("step.done", Object("step", "0123456789AB.folder", "aws.s3.create_folder"))
    tell("process.started", Object("process", "web@host:1"))
    html = client_of(make_user(Role.AUDITOR)).get("/audit/").content.decode()
    assert f'href="{reverse("rule-detail", args=["joiner"])}"' in html
    assert 'href="/runs/0123456789AB/"' in html
    assert "web@host:1</a>" not in html


@pytest.mark.django_db
def test_each_filter_leaves_what_it_names() -> None:
    wanted = tell("delivery.refused", Object("delivery", "D1"), OKTA, "refused")
    tell("run.succeeded", Object("run", "R1"))
    for query in (
        "actor=main",
        "verb=delivery.refused",
        "kind=delivery",
        "object=D1",
        "outcome=refused",
        "request=request-1",
        "q=D1",
        f"q={wanted.code.lower()}",
    ):
        assert found(query) == {wanted.code}, query


@pytest.mark.django_db
def test_an_account_is_found_by_its_name() -> None:
    maya = User.objects.create(username="maya.l")
    actor = Actor("user", maya.code, "maya.l", "198.51.100.9")
    wanted = tell("rule.turned_off", Object("rule", "joiner"), actor)
    tell("rule.turned_off", Object("rule", "joiner"))
    assert found("actor=maya.l") == {wanted.code}


@pytest.mark.django_db
def test_a_time_leaves_the_entries_of_that_time() -> None:
    entry = tell("run.succeeded", Object("run", "R1"))
    assert entry.code in found("since=1h&verb=run.succeeded")
    assert found("to=2020-01-01&verb=run.succeeded") == set()


@pytest.mark.django_db
def test_pages_follow_each_other_with_and_without_a_time() -> None:
    for number in range(130):
        tell("run.succeeded", Object("run", f"R{number}"))
    client = client_of(make_user(Role.AUDITOR))
    for start in ("/audit/?verb=run.succeeded", "/audit/?verb=run.succeeded&since=1h"):
        seen, url = [], start
        while url:
            page = client.get(url).context["page"]
            seen += [row.pk for row in page.rows]
            url = page.older_url
        assert seen == sorted(seen, reverse=True)
        assert len(set(seen)) == 130


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.APPROVER])
def test_other_roles_are_refused_and_told_who_may(role: Role) -> None:
    response = client_of(make_user(role)).get("/audit/")
    assert response.status_code == 403
    assert "Admins and auditors may." in response.content.decode()
