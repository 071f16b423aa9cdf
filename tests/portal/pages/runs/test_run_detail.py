"""The page of one run: what happened, why it stopped, what can be done."""

from datetime import timedelta

import pytest
from django.test import Client

from audit import trail
from portal.roles import Role
from provisioning.rules.models import Rule
from provisioning.runs import replays
from provisioning.runs.models import Step
from tests.support.factories import COMMAND, NOW, client_of, make_rule, make_user
from tests.support.list_checks import html_of, queries_of
from tests.support.run_factories import make_attempt, make_group, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR))


@pytest.fixture
def rule() -> Rule:
    return make_rule("joiner", title="Joiner, engineering")


def test_a_failed_run_says_where_why_and_what_will_not_run_again(
    client: Client, rule: Rule
) -> None:
    run = make_run(rule, states=("succeeded", "failed"))
    group = make_group(rule, runs=[run, *(make_run(rule, states=("failed",)) for _ in range(3))])

    html = html_of(client, f"/runs/{run.code}/")

    assert "Failed at step 2 of 2" in html
    assert "<h2>The bucket team-folders does not exist.</h2>" in html
    assert "Make the bucket, then replay." in html
    assert "Step 1 is done and will not run again." in html
    assert "3 other runs stopped for the same cause." in html
    assert f'href="/failures/{group.code}/">See all 4</a>' in html
    assert "Replay from step 2" in html


def test_the_step_that_failed_is_open_and_the_others_are_not(client: Client, rule: Rule) -> None:
    run = make_run(rule, states=("succeeded", "failed"))

    html = html_of(client, f"/runs/{run.code}/")

    assert '<li id="step-mail"><details class="step" open>' in html
    assert '<li id="step-folder"><details class="step">' in html


def test_attempts_stand_with_result_request_id_and_time_to_the_next(
    client: Client, rule: Rule
) -> None:
    run = make_run(rule, states=("retrying", "waiting"))
    step = run.steps.get(position=1)
    started = NOW + timedelta(seconds=30)
    make_attempt(
        step, 2, "transient", started, http_status=429, error_code="SlowDown",
        request_ids=["REQ7F1C"], retry_at=started + timedelta(seconds=31.31),
    )  # fmt: skip

    html = html_of(client, f"/runs/{run.code}/")

    assert "429 SlowDown" in html
    assert 'data-copy="REQ7F1C"' in html
    assert "after 31 s" in html
    assert "Retrying step 1 of 2" in html


def test_a_step_shows_template_input_output_and_what_changed(client: Client, rule: Rule) -> None:
    html = html_of(client, f"/runs/{make_run(rule).code}/")

    assert "Create the folder marketing-Jane/ in the bucket team-folders" in html
    assert "{{ user.profile.firstName }}" in html
    assert "s3://team-folders/marketing-Jane/" in html
    assert "What changed" in html


def test_an_unknown_run_asks_whether_it_happened(client: Client, rule: Rule) -> None:
    run = make_run(rule, states=("succeeded", "unknown"))

    html = html_of(client, f"/runs/{run.code}/")

    assert "Did this happen?" in html
    assert f'href="/runs/{run.code}/confirm/">It did happen: go on after it</a>' in html


def test_a_run_and_its_replay_name_each_other(client: Client, rule: Rule) -> None:
    run = make_run(rule, states=("failed", "waiting"))
    fresh = replays.replay(run, actor=COMMAND)

    assert f'href="/runs/{fresh.code}/"' in html_of(client, f"/runs/{run.code}/")
    assert f'href="/runs/{run.code}/"' in html_of(client, f"/runs/{fresh.code}/")


def test_a_run_that_was_replayed_offers_no_second_replay(client: Client, rule: Rule) -> None:
    run = make_run(rule, states=("failed", "waiting"))
    replays.replay(run, actor=COMMAND)

    assert "Replay from" not in html_of(client, f"/runs/{run.code}/")


def test_a_step_kept_from_the_run_before_says_so(client: Client, rule: Rule) -> None:
    run = make_run(rule, states=("succeeded", "failed"))
    fresh = replays.replay(run, actor=COMMAND)

    assert "Kept from the run before, not called again." in html_of(client, f"/runs/{fresh.code}/")


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.APPROVER])
def test_who_may_not_replay_sees_no_button_but_who_can(rule: Rule, role: Role) -> None:
    run = make_run(rule, states=("failed", "waiting"))

    html = html_of(client_of(make_user(role)), f"/runs/{run.code}/")

    assert "Replay from" not in html
    assert "You can view. Admins and operators can replay." in html


def test_the_trail_shows_entries_of_the_run_and_its_steps_to_an_auditor(rule: Rule) -> None:
    run = make_run(rule, states=("failed", "waiting"))
    trail.record("run.failed", actor=COMMAND, obj=trail.Object("run", run.code))
    trail.record("step.failed", actor=COMMAND, obj=trail.Object("step", f"{run.code}.folder"))

    html = html_of(client_of(make_user(Role.AUDITOR)), f"/runs/{run.code}/")

    assert "A step failed for good and the run stopped" in html
    assert "folder: A step could not act outside" in html


def test_an_operator_is_told_who_can_read_the_trail(client: Client, rule: Rule) -> None:
    run = make_run(rule)
    trail.record("run.succeeded", actor=COMMAND, obj=trail.Object("run", run.code))

    html = html_of(client, f"/runs/{run.code}/")

    assert "Admins and auditors can read the audit entries of this run." in html
    assert "Every step of the run is done" not in html


def test_an_unknown_code_is_not_found(client: Client) -> None:
    assert client.get("/runs/000000000000/").status_code == 404


def test_the_number_of_queries_is_at_most_12_whatever_the_number_of_attempts(rule: Rule) -> None:
    client = client_of(make_user(Role.ADMIN))
    run = make_run(rule, states=("succeeded", "failed"))
    make_group(rule, runs=[run])
    few = queries_of(client, f"/runs/{run.code}/")
    step = Step.objects.get(run=run, position=2)
    for number in range(2, 100):
        make_attempt(step, number, "transient", NOW + timedelta(seconds=number))
    many = queries_of(client, f"/runs/{run.code}/")

    assert len(few) == len(many) <= 12
