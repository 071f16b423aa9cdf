"""Replaying one run through its confirmation page."""

import pytest
from django.test import Client

from audit.models import Entry
from portal.roles import Role
from provisioning.events.models import EventProfile
from provisioning.rules.models import Rule
from provisioning.runs.models import Run, Step
from tests.support.factories import (
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


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR))


@pytest.fixture
def rule() -> Rule:
    return make_rule("joiner")


@pytest.fixture
def failed(rule: Rule) -> Run:
    event = make_event(make_person("jane@acme.example"))
    make_profile(event)
    return make_run(rule, event, states=("succeeded", "failed"))


def test_the_confirmation_says_what_is_kept_and_what_is_called(client: Client, failed: Run) -> None:
    html = html_of(client, f"/runs/{failed.code}/replay/")

    assert "Step 1, Create an S3 folder, is done: kept, not called again." in html
    assert "Step 2, Send an e-mail, is called." in html
    assert "to jane@acme.example" in html
    assert "joiner, version 1" in html
    assert Run.objects.count() == 1


def test_from_the_start_says_that_a_done_step_is_asked_again(client: Client, failed: Run) -> None:
    html = html_of(client, f"/runs/{failed.code}/replay/?from=start")

    assert "Step 1, Create an S3 folder, is called; it looks first" in html
    assert "kept, not called again" not in html


def test_a_replay_makes_a_run_that_keeps_what_is_done(client: Client, failed: Run) -> None:
    response = client.post(f"/runs/{failed.code}/replay/")

    fresh = Run.objects.get(replay_of=failed)
    assert response.headers["Location"] == f"/runs/{fresh.code}/"
    assert [step.state for step in fresh.steps.order_by("position")] == ["kept", "waiting"]
    entry = Entry.objects.get(verb="run.replayed")
    assert entry.data == {"replay_of": failed.code, "from": "failed step"}


def test_a_replay_from_the_start_keeps_nothing(client: Client, failed: Run) -> None:
    client.post(f"/runs/{failed.code}/replay/", {"from_start": "True"})

    assert set(Run.objects.get(replay_of=failed).steps.values_list("state", flat=True)) == {
        Step.State.WAITING
    }


def test_posting_twice_makes_one_run_and_says_why_not(client: Client, failed: Run) -> None:
    client.post(f"/runs/{failed.code}/replay/")
    response = client.post(f"/runs/{failed.code}/replay/", follow=True)

    assert Run.objects.filter(replay_of=failed).count() == 1
    assert "Nothing was done." in response.content.decode()
    assert "It was replayed already." in response.content.decode()


def test_a_run_that_goes_on_shows_why_it_cannot_be_replayed(client: Client, rule: Rule) -> None:
    run = make_run(rule, states=("running", "waiting"))

    html = html_of(client, f"/runs/{run.code}/replay/")

    assert "It is not finished: running." in html
    assert 'method="post" class="panel"' not in html


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.APPROVER])
@pytest.mark.parametrize("page", ["replay", "confirm"])
def test_others_are_refused_and_that_is_in_the_trail(failed: Run, role: Role, page: str) -> None:
    response = client_of(make_user(role)).post(f"/runs/{failed.code}/{page}/")

    assert response.status_code == 403
    assert not Run.objects.filter(replay_of=failed).exists()
    assert Entry.objects.get(verb="access.denied").object_id == f"run-{page}"


def test_confirming_goes_on_after_the_step_in_doubt(client: Client, rule: Rule) -> None:
    run = make_run(rule, states=("unknown", "waiting"))

    html = html_of(client, f"/runs/{run.code}/confirm/")
    client.post(f"/runs/{run.code}/confirm/")

    assert "Step 1, Create an S3 folder: counts as done from now on." in html
    fresh = Run.objects.get(replay_of=run)
    assert [step.state for step in fresh.steps.order_by("position")] == ["kept", "waiting"]
    assert Entry.objects.filter(verb="run.confirmed", object_id=fresh.code).exists()


def test_a_run_that_is_not_in_doubt_cannot_be_confirmed(client: Client, failed: Run) -> None:
    response = client.post(f"/runs/{failed.code}/confirm/", follow=True)

    assert not Run.objects.filter(replay_of=failed).exists()
    assert "This run is not waiting for a decision any more." in response.content.decode()


def test_a_second_try_of_what_cannot_be_read_back_is_said_before(
    client: Client, rule: Rule
) -> None:
    run = make_run(rule, states=("succeeded", "unknown"))

    html = html_of(client, f"/runs/{run.code}/replay/")

    assert "if it did happen before, it happens a second time" in html
    assert not EventProfile.objects.exists()
