"""The page of the brake: anybody sees what is stopped, operators pull, a second person releases."""

import pytest
from django.test import Client

from audit.models import Entry
from portal.roles import Role
from provisioning.approvals.models import Approval
from provisioning.runs.brake_models import Brake
from provisioning.runs.models import Run
from tests.provisioning.runs.braking import pulled
from tests.support.factories import HOSTILE, client_of, make_rule, make_user
from tests.support.run_factories import make_run

pytestmark = pytest.mark.django_db


def html(client: Client, path: str = "/brake/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return str(response.content.decode())


def test_it_says_what_each_level_would_stop() -> None:
    make_run(make_rule("folders"), states=("waiting", "waiting"), state=Run.State.PENDING)
    page = html(client_of(make_user()))
    assert "Nothing is stopped" in page
    for said in ("Everything: 1 open run", "takes something away: 0", "aws.s3: 1 open run",
                 "slack: 0 open runs", "folders: 1 open run"):  # fmt: skip
        assert said in page


@pytest.mark.parametrize(
    "given",
    [{"level": "all"}, {"level": "target", "target": "aws.s3"}, {"level": "rule", "rule": "r-1"}],
)
def test_an_operator_stops_at_once_and_every_page_says_so(given: dict[str, str]) -> None:
    make_rule("r-1")
    client = client_of(make_user(username="tomas"))
    response = client.post("/brake/", {**given, "reason": f"Bad import {HOSTILE}"})
    assert response["Location"] == "/brake/"
    brake = Brake.objects.on().get()
    assert brake.pulled_by == "tomas"
    for path in ("/", "/runs/", "/failures/", "/rules/"):
        page = html(client_of(make_user(Role.APPROVER)), path)
        assert f"/brake/{brake.code}/" in page
        assert "Bad import &lt;img" in page
    assert Entry.objects.filter(verb="brake.pulled", object_id=brake.code).exists()


def test_a_form_that_is_not_filled_in_stops_nothing_and_says_why() -> None:
    client = client_of(make_user())
    for given in ({}, {"level": "target", "reason": "x"}, {"level": "rule", "reason": "x"},
                  {"level": "all", "reason": " "}, {"level": "some", "reason": "x"}):  # fmt: skip
        response = client.post("/brake/", given)
        assert response.status_code == 400
        assert b'role="alert"' in response.content
    assert not Brake.objects.exists()


@pytest.mark.parametrize("role", [Role.APPROVER, Role.AUDITOR])
def test_others_see_it_and_cannot_pull(role: Role) -> None:
    client = client_of(make_user(role))
    assert "Stop now" not in html(client)
    assert client.post("/brake/", {"level": "all", "reason": "x"}).status_code == 403


def test_a_wide_brake_is_released_by_two_people() -> None:
    brake = pulled("all")
    operator, approver = client_of(make_user()), client_of(make_user(Role.APPROVER))
    operator.post(f"/brake/{brake.code}/release/", {"reason": "Over."})
    assert Brake.objects.on().exists()
    approval = Approval.objects.open().get()
    assert f"/approvals/{approval.code}/" in html(operator, f"/brake/{brake.code}/")
    path = f"/approvals/{approval.code}/decide/"
    given = {"digest": approval.digest, "verdict": "approve", "reason": ""}
    assert operator.post(path, given).status_code == 403
    approver.post(path, given)
    assert not Brake.objects.on().exists()
    assert "Released" in html(approver, f"/brake/{brake.code}/")


def test_a_rejected_release_keeps_it_stopped() -> None:
    brake = pulled("all")
    client_of(make_user()).post(f"/brake/{brake.code}/release/", {"reason": "Over."})
    approval = Approval.objects.open().get()
    given = {"digest": approval.digest, "verdict": "reject", "reason": "Too early."}
    client_of(make_user(Role.APPROVER)).post(f"/approvals/{approval.code}/decide/", given)
    approval.refresh_from_db()
    assert approval.state == Approval.State.REJECTED
    assert Brake.objects.on().exists()


def test_one_target_is_released_by_one_person_who_says_why() -> None:
    brake = pulled("target", target="slack")
    client = client_of(make_user())
    page = client.post(f"/brake/{brake.code}/release/", {}, follow=True).content.decode()
    assert "Say in a sentence why it can go on" in page
    client.post(f"/brake/{brake.code}/release/", {"reason": "Slack is back."})
    assert not Brake.objects.on().exists()


def test_the_release_page_tells_what_will_happen_and_for_whom() -> None:
    run = make_run(make_rule("folders"), states=("waiting", "waiting"), state=Run.State.PENDING)
    brake = pulled("target", target="aws.s3")
    pulled("target", target="slack")
    page = html(client_of(make_user()), f"/brake/{brake.code}/")
    for said in ("1 run of 1 person may go on", "folders: 1 run.", "1 step that gives something",
                 "slack is stopped by another brake", run.person_login):  # fmt: skip
        assert said in page
