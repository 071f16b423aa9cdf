"""The page of a burst: who may make a part of it a plan of its own, by plain forms."""

import re

import pytest
from django.test import Client

from audit.models import Entry
from portal.roles import Role
from provisioning.approvals.models import Approval
from provisioning.plans import gathering
from provisioning.plans.models import Plan
from provisioning.runs.gate_models import Gate
from provisioning.runs.models import Run
from tests.support.engine import TESTER
from tests.support.factories import (
    HOSTILE,
    NOW,
    client_of,
    make_event,
    make_person,
    make_profile,
    make_rule,
    make_user,
)
from tests.support.list_checks import html_of
from tests.support.run_factories import make_run

pytestmark = pytest.mark.django_db

DEPARTMENTS = ("Marketing", "Marketing", HOSTILE)


@pytest.fixture
def plan() -> Plan:
    """Three runs that the gate holds, gathered as a worker gathers them."""
    rule = make_rule("joiners")
    Gate.objects.create(rule=rule, burst="B1", why="3 runs; the limit is 2.", shut_at=NOW)
    for department in DEPARTMENTS:
        event = make_event(make_person())
        make_profile(event, {"department": department})
        make_run(
            rule, event, states=("waiting", "waiting"), state=Run.State.HELD, burst="B1",
            started_at=None, finished_at=None,
        )  # fmt: skip
    gathering.gather(actor=TESTER)
    return Plan.objects.get()


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR))


def page_of(client: Client, plan: Plan) -> str:
    approval = Approval.objects.open().get(object_code=plan.code)
    return html_of(client, f"/approvals/{approval.code}/")


def split(client: Client, plan: Plan, **given: str) -> str:
    """Post the form as a browser without JavaScript does; the page that follows."""
    answer = client.post(f"/bursts/{plan.code}/split/", given, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_page_of_the_burst_has_a_form_with_what_there_is_to_choose(
    client: Client, plan: Plan
) -> None:
    html = page_of(client, plan)
    assert f'action="/bursts/{plan.code}/split/"' in html
    form = html.partition(f"/bursts/{plan.code}/split/")[2].partition("</form>")[0]
    assert set(re.findall(r'name="(\w+)"', form)) == {
        "csrfmiddlewaretoken", "sub_group", "target", "department", "first",
    }  # fmt: skip
    assert "<option>Marketing</option>" in form
    assert "<option>s3://team-folders</option>" in form
    assert HOSTILE not in form


def test_a_chosen_department_waits_by_itself_and_so_does_the_rest(
    client: Client, plan: Plan
) -> None:
    html = split(client, plan, sub_group="", target="", department="Marketing", first="")
    assert "This part waits by itself now; so does the rest." in html
    part = Plan.objects.exclude(pk=plan.pk).get()
    plan.refresh_from_db()
    assert (part.item_count, plan.item_count) == (2, 1)
    waiting = Approval.objects.open().values_list("object_code", flat=True)
    assert sorted(waiting) == sorted([plan.code, part.code])
    assert "2 runs of joiners at once" in page_of(client, part)
    assert Entry.objects.filter(verb="plan.split", object_id=part.code).count() == 1


def test_a_department_with_a_hostile_name_is_found_too(client: Client, plan: Plan) -> None:
    split(client, plan, department=HOSTILE)
    assert Plan.objects.exclude(pk=plan.pk).get().item_count == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"first": "many"}, "The first so many has to be a whole number from 1 to 100,000."),
        ({"first": "0"}, "The first so many has to be a whole number from 1 to 100,000."),
        ({"target": "x" * 2_001}, "Choose a target of the list."),
        ({"sub_group": "x" * 201}, "Choose an effect of the list."),
        ({"first": "3"}, "A part is some of the runs: neither none of them nor all."),
        ({"department": "Nowhere"}, "A part is some of the runs: neither none of them nor all."),
        ({}, "A part is some of the runs: neither none of them nor all."),
    ],
)
def test_what_cannot_be_a_part_is_said_and_changes_nothing(
    client: Client, plan: Plan, given: dict[str, str], said: str
) -> None:
    html = split(client, plan, **given)
    assert f"Nothing was changed. {said}" in html
    assert Plan.objects.count() == 1
    assert Approval.objects.open().count() == 1


def test_a_burst_that_was_decided_meanwhile_is_not_taken_apart(client: Client, plan: Plan) -> None:
    Plan.objects.update(state=Plan.State.DONE, finished_at=NOW)
    assert "Nothing was changed. This plan does not wait any more." in split(
        client, plan, first="1"
    )


@pytest.mark.parametrize("role", [Role.APPROVER, Role.AUDITOR])
def test_who_may_not_replay_takes_nothing_apart(plan: Plan, role: Role) -> None:
    answer = client_of(make_user(role)).post(f"/bursts/{plan.code}/split/", {"first": "1"})
    assert answer.status_code == 403
    assert Plan.objects.count() == 1


def test_a_form_without_a_token_and_a_get_change_nothing(client: Client, plan: Plan) -> None:
    unsafe = Client(enforce_csrf_checks=True)
    unsafe.force_login(make_user(Role.OPERATOR))
    path = f"/bursts/{plan.code}/split/"
    assert unsafe.post(path, {"first": "1"}).status_code == 403
    assert client.get(path, {"first": "1"}).status_code == 405
    assert Plan.objects.count() == 1


def test_there_is_no_such_burst(client: Client) -> None:
    assert client.post("/bursts/ZZZZZZZZZZZZ/split/", {"first": "1"}).status_code == 404
