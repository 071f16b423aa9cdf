"""The list and the page of an approval: what they say, to whom, and in how many queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.roles import Role
from provisioning.approvals import requests
from provisioning.approvals.models import Approval
from provisioning.clocks import database_now
from provisioning.runs.models import Run
from tests.portal.pages.approvals.support import approver, asked, careful, path, sent
from tests.provisioning.approvals.asking import asked as asked_of_kind
from tests.support.factories import HOSTILE, SECRET, client_of, make_user

pytestmark = pytest.mark.django_db


def test_with_nothing_open_it_says_so() -> None:
    page = client_of(make_user(Role.AUDITOR)).get("/approvals/").content.decode()
    assert "Nothing waits for you." in page
    assert "Held runs" not in page.split("<h1>")[1].split("<form")[0]


def test_a_row_says_what_for_whom_and_until_when() -> None:
    approval = asked(careful(approval="{needed: 2, expires: 11h}"))
    _, client = approver()
    page = client.get("/approvals/").content.decode()
    for said in (
        "A folder with care for jane.doe@acme.example", "And 1 more step.", "0 of 2",
        "Okta, user.lifecycle.create", "Held runs 1", "tone-warn",
    ):  # fmt: skip
        assert said in page
    Approval.objects.filter(pk=approval.pk).update(expires_at=database_now() - timedelta(hours=1))
    assert "Overdue" in client.get("/approvals/").content.decode()


def test_the_oldest_comes_first_and_ended_ones_are_asked_for() -> None:
    rule = careful()
    first, second = asked(rule), asked(rule, login="li.wei@acme.example")
    _, client = approver()
    rows = client.get("/approvals/").context["page"].rows
    assert [one.pk for one in rows] == [first.pk, second.pk]
    client.post(path(first, "decide/"), sent(first))
    page = client.get("/approvals/").context["page"]
    assert list(page.rows) == [second]
    assert page.shown == "1 approval"
    assert list(client.get("/approvals/?state=approved").context["page"].rows) == [first]
    assert list(client.get("/approvals/?mine=decided&state=approved").context["page"].rows)
    assert not list(client.get("/approvals/?mine=asked").context["page"].rows)
    assert list(client.get("/approvals/?mine=others").context["page"].rows) == [second]
    person = client.get("/approvals/?person=li.wei@acme.example&rule=careful&kind=run")
    assert list(person.context["page"].rows) == [second]


def test_the_effect_stands_first_and_is_exact() -> None:
    approval = asked()
    _, client = approver()
    page = client.get(path(approval)).content.decode()
    order = ["What would be called", "marketing-Jane/", "State before", "Why", "Decisions"]
    assert [page.index(one) for one in order] == sorted(page.index(one) for one in order)
    assert "{{ steps.folder.output.url }}" in page
    assert "It cannot be read" not in page
    assert approval.digest in page


def test_a_kind_that_is_not_known_is_drawn_as_a_tree_and_decided_by_nobody() -> None:
    approval = asked_of_kind(kind="moon_landing")
    _, client = approver()
    assert "aws.s3.create_folder" in client.get(path(approval)).content.decode()
    assert "Moon landing" in client.get("/approvals/").content.decode()
    answer = client.post(path(approval, "decide/"), sent(approval))
    assert answer.status_code == 409
    assert "does not know how to decide" in answer.content.decode()


def test_text_from_outside_is_text_and_secrets_are_masked() -> None:
    approval = asked(last_name=HOSTILE)
    Approval.objects.filter(pk=approval.pk).update(title=f"{HOSTILE} {SECRET}", reason=SECRET)
    _, client = approver()
    for address in (path(approval), "/approvals/"):
        page = client.get(address).content.decode()
        assert "<img src=x" not in page
        assert SECRET not in page


def test_the_sidebar_and_the_overview_say_how_many_wait() -> None:
    asked()
    client = client_of(make_user(Role.OPERATOR))
    assert (
        '1<span class="visually-hidden"> waiting</span>' in client.get("/rules/").content.decode()
    )
    page = client.get("/").content.decode()
    assert "1 approval waiting" in page
    assert "Open approvals" in page


def test_a_held_run_says_for_what_it_waits() -> None:
    approval = asked()
    run = Run.objects.get()
    page = client_of(make_user(Role.AUDITOR)).get(f"/runs/{run.code}/").content.decode()
    assert "Held: nothing is called before somebody agrees" in page
    assert path(approval) in page
    held = client_of(make_user()).get("/runs/?state=held").context["page"].rows
    assert list(held) == [run]


def test_the_budget_of_queries() -> None:
    """U11."""
    rule = careful()
    for number in range(3):
        approval = asked(rule, login=f"person{number}@acme.example")
    user, client = approver()
    user.email = "tom@acme.example"
    user.save()
    for address, most in (("/approvals/?mine=others", 8), (path(approval), 12)):
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        assert len(captured) <= most, [one["sql"][:90] for one in captured]


def test_asking_about_it_twice_is_one_request() -> None:
    approval = asked()
    assert requests.digest_of(approval.content) == approval.digest
