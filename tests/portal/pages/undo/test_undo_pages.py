"""Undoing a run or a version: a page that says what will happen, then a plan and nothing else."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from audit.models import Entry
from portal.roles import Role
from provisioning.plans.models import Plan
from provisioning.rules.models import Rule
from provisioning.runs.models import Run, Step
from tests.support.factories import client_of, make_rule, make_user
from tests.support.list_checks import html_of
from tests.support.run_factories import make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR))


@pytest.fixture
def rule() -> Rule:
    return make_rule("joiner")


@pytest.fixture
def run(rule: Rule) -> Run:
    """A run that made a folder and sent a mail, an hour ago."""
    made = make_run(rule)
    Step.objects.update(finished_at=datetime.now(UTC) - timedelta(hours=1))
    return made


def paths(run: Run) -> list[str]:
    return [f"/runs/{run.code}/undo/", "/rules/joiner/versions/1/undo/"]


def test_looking_changes_nothing_and_says_what_will_happen(client: Client, run: Run) -> None:
    for path in paths(run):
        html = html_of(client, path)
        assert f'<form method="post" class="panel confirm" action="{path}">' in html
        assert "Nothing is done yet." in html
        assert "listed with the reason" in html
        assert "Make the plan" in html
    assert not Plan.objects.exists()


def test_a_run_is_undone_by_a_plan_of_its_steps(client: Client, run: Run) -> None:
    answer = client.post(f"/runs/{run.code}/undo/")
    plan = Plan.objects.get()
    assert answer["Location"] == f"/plans/{plan.code}/"
    assert (plan.kind, plan.title) == (Plan.Kind.UNDO, f"Undo run {run.code}")
    keys = plan.items.order_by("position").values_list("key", flat=True)
    assert list(keys) == [f"{run.code}.mail", f"{run.code}.folder"], "the last step first"
    assert Entry.objects.filter(verb="plan.created", object_id=plan.code).count() == 1
    assert Run.objects.count() == 1, "nothing is done yet"
    assert f"Undo run {run.code}" in html_of(client, f"/plans/{plan.code}/")


def test_a_version_is_undone_since_the_time_that_the_form_proposes(
    client: Client, run: Run
) -> None:
    """The fields of the page as they stand, posted by a browser without JavaScript."""
    path = "/rules/joiner/versions/1/undo/"
    proposed = re.search(r'name="since" value="([^"]+)"', html_of(client, path))
    assert proposed is not None
    client.post(path, {"since": proposed[1]})
    plan = Plan.objects.get()
    assert plan.item_count == 2
    assert plan.source["version"] == 1
    assert plan.title.startswith("Undo what joiner v1 did since ")


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("", "This field is required."),
        ("yesterday", "This is not a time. Write it as 2026-11-20T09:00."),
        ("2026-13-40", "This is not a time. Write it as 2026-11-20T09:00."),
        ("2099-01-01T00:00", "Version 1 has done nothing since then."),
    ],
)
def test_a_time_that_cannot_be_is_said_beside_the_field(
    client: Client, run: Run, since: str, said: str
) -> None:
    answer = client.post("/rules/joiner/versions/1/undo/", {"since": since})
    assert answer.status_code == 400
    html = answer.content.decode()
    assert said in html
    assert 'name="since"' in html
    assert not Plan.objects.exists()


def test_a_run_that_has_done_nothing_says_so(client: Client, rule: Rule) -> None:
    run = make_run(rule, states=("failed", "waiting"))
    answer = client.post(f"/runs/{run.code}/undo/", follow=True)
    html = answer.content.decode()
    assert "No plan was made. This run has done nothing that could be undone." in html
    assert answer.redirect_chain == [(f"/runs/{run.code}/", 302)]
    assert not Plan.objects.exists()


@pytest.mark.parametrize("role", [Role.APPROVER, Role.AUDITOR])
def test_who_may_not_replay_may_not_undo(run: Run, role: Role) -> None:
    client = client_of(make_user(role))
    for path in paths(run):
        assert client.get(path).status_code == 403
        assert client.post(path, {"since": "2020-01-01"}).status_code == 403
    assert not Plan.objects.exists()


def test_a_form_without_a_token_is_refused(run: Run) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(Role.OPERATOR))
    for path in paths(run):
        assert client.post(path, {"since": "2020-01-01"}).status_code == 403
    assert not Plan.objects.exists()


def test_what_is_not_there_cannot_be_undone(client: Client, run: Run) -> None:
    for path in ("/runs/ZZZZZZZZZZZZ/undo/", "/rules/joiner/versions/2/undo/",
                 "/rules/joiner/versions/0/undo/", "/rules/none/versions/1/undo/",
                 f"/rules/joiner/versions/{2**31}/undo/"):  # fmt: skip
        assert client.get(path).status_code == 404
        assert client.post(path, {"since": "2020-01-01"}).status_code == 404
