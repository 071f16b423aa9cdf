"""Saying what becomes of a cause: forms without script, states in the list, and the history."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from audit.models import Entry
from portal.roles import Role
from provisioning.rules.models import Rule
from provisioning.runs import replays, triage
from provisioning.runs.models import Run
from provisioning.runs.troubles import FailureGroup
from tests.support.factories import COMMAND, HOSTILE, client_of, make_rule, make_user
from tests.support.list_checks import html_of, row_links
from tests.support.run_factories import make_group, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR))


@pytest.fixture
def rule() -> Rule:
    return make_rule("joiner")


@pytest.fixture
def group(rule: Rule) -> FailureGroup:
    return make_group(rule, runs=[make_run(rule, states=("failed", "waiting")) for _ in range(2)])


def post(client: Client, group: FailureGroup, act: str, **data: str) -> str:
    response = client.post(f"/failures/{group.code}/{act}/", data, follow=True)
    group.refresh_from_db()
    return str(response.content.decode())


def listed(client: Client, query: str = "") -> list[str]:
    return row_links(html_of(client, f"/failures/{query}"))


def test_looking_at_a_form_changes_nothing(client: Client, group: FailureGroup) -> None:
    for act in ("acknowledge", "snooze", "resolve", "handle"):
        assert "What will happen" in html_of(client, f"/failures/{group.code}/{act}/")
    assert "This cause is open already." in html_of(client, f"/failures/{group.code}/reopen/")
    group.refresh_from_db()
    assert group.state == "open"
    assert client.get(f"/failures/{group.code}/explode/").status_code == 404


def test_an_acknowledged_cause_leaves_the_inbox_and_all_that_waits(
    client: Client, group: FailureGroup
) -> None:
    here = f"/failures/{group.code}/"
    assert listed(client) == [here]
    html = post(client, group, "acknowledge", note=f"Asked the bucket's owner {HOSTILE}")
    assert "Acknowledged by operator-" in html
    assert "Asked the bucket&#x27;s owner &lt;img" in html
    assert listed(client) == []
    assert "Nothing is stopped." in html_of(client, "/failures/")
    assert listed(client, "?state=acknowledged") == [here]
    assert row_links(html_of(client, "/runs/?needs=person")) == []
    assert len(row_links(html_of(client, "/runs/?state=failed"))) == 2
    assert "failed run" not in html_of(client, "/")


def test_a_cause_is_put_off_for_a_time_or_a_count(client: Client, group: FailureGroup) -> None:
    assert "Choose for how long" in post(client, group, "snooze")
    assert "Not both" in post(client, group, "snooze", span="1d", hits="3")
    assert group.state == "open"
    post(client, group, "snooze", span="1d")
    assert group.state == "snoozed"
    assert group.snoozed_until is not None
    assert (group.snoozed_until - datetime.now(UTC)).total_seconds() > 23 * 3600
    post(client, group, "reopen")
    html = post(client, group, "snooze", hits="3")
    fresh = FailureGroup.objects.get(pk=group.pk)
    assert (fresh.snoozed_until, fresh.snoozed_hits) == (None, 3)
    assert "until 3 more" in html


def test_a_cause_is_resolved_in_a_version(client: Client, group: FailureGroup) -> None:
    assert 'name="version" value="1"' in html_of(client, f"/failures/{group.code}/resolve/")
    assert "The rule has no version 9." in post(client, group, "resolve", version="9")
    html = post(client, group, "resolve", version="1", note="Bucket made")
    assert group.state == "resolved"
    assert "in version 1" in html
    assert listed(client, "?state=resolved") == [f"/failures/{group.code}/"]


def test_what_came_back_says_so(client: Client, group: FailureGroup) -> None:
    FailureGroup.objects.update(
        state="regressed", state_by="Tomas", state_at=group.first_at, reopened_at=group.last_at
    )
    assert listed(client) == [f"/failures/{group.code}/"]
    assert "Came back" in html_of(client, "/failures/")
    assert "after Tomas had resolved it" in html_of(client, f"/failures/{group.code}/")


def test_runs_are_handled_by_hand_with_a_reason_and_a_link(
    client: Client, group: FailureGroup
) -> None:
    run = Run.objects.order_by("pk").first()
    assert run is not None
    client.post(f"/runs/{run.code}/handle/", {"note": "Made it", "url": "javascript:alert(1)"})
    assert Run.objects.failures().count() == 2
    client.post(f"/runs/{run.code}/handle/", {"note": "Made it", "url": "https://t.example/1"})
    assert Run.objects.failures().count() == 1
    html = html_of(client, f"/runs/{run.code}/")
    assert "It was handled by hand" in html
    assert 'href="https://t.example/1"' in html
    assert "This field is required" in post(client, group, "handle")
    assert "handled by hand" in post(client, group, "handle", note="The rest too")
    assert not Run.objects.failures().exists()
    assert Entry.objects.filter(verb="failures.handled").count() == 1
    html = html_of(client, f"/failures/{group.code}/")
    assert "Nothing is open here any more" in html
    assert "It can be resolved" in html


def test_a_cause_whose_runs_all_succeeded_since_proposes_to_be_resolved(
    client: Client, group: FailureGroup
) -> None:
    here = f"/failures/{group.code}/"
    for run in Run.objects.failures().filter(group=group):
        replays.replay(run, actor=COMMAND)
    assert "not every replay has succeeded" in html_of(client, here)
    assert listed(client, "?state=recovered") == []
    Run.objects.filter(mode="replay").update(state="succeeded")
    html = html_of(client, here)
    assert "It can be resolved" in html
    assert f'href="{here}resolve/"' in html
    assert listed(client, "?state=recovered") == [here]
    post(client, group, "resolve")
    assert listed(client, "?state=recovered") == []


def test_the_history_tells_who_said_what(group: FailureGroup) -> None:
    seen = datetime.now(UTC)
    triage.handle_group(
        group, actor=COMMAND, reason="Made", url="https://t.example/9", seen_at=seen
    )
    triage.acknowledge(group, actor=COMMAND, note="Looking")
    triage.resolve(group, actor=COMMAND, version=1)
    html = html_of(client_of(make_user(Role.ADMIN)), f"/failures/{group.code}/")
    assert html.index("Resolved in version 1</a>") < html.index(">Acknowledged</a>")
    assert "Looking" in html
    assert '<a href="https://t.example/9"' in html


def test_who_may_only_look_sees_no_act_and_can_do_none(group: FailureGroup) -> None:
    viewer = client_of(make_user(Role.AUDITOR))
    assert "/acknowledge/" not in html_of(viewer, f"/failures/{group.code}/")
    response = viewer.post(f"/failures/{group.code}/acknowledge/", {"note": ""})
    assert response.status_code == 403
    group.refresh_from_db()
    assert group.state == "open"
