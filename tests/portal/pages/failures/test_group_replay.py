"""Replaying whole causes: the plan that is shown is what is done, and nothing else."""

import re

import pytest
from django.core import signing
from django.test import Client

from audit.models import Entry
from portal import group_plans
from portal.models import User
from portal.roles import Role
from provisioning.rules.models import Rule
from provisioning.runs import replays
from provisioning.runs.models import FailureGroup, Run
from tests.support.factories import COMMAND, client_of, make_rule, make_user
from tests.support.list_checks import html_of
from tests.support.run_factories import make_group, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return make_user(Role.OPERATOR)


@pytest.fixture
def client(user: User) -> Client:
    return client_of(user)


@pytest.fixture
def rule() -> Rule:
    return make_rule("joiner")


@pytest.fixture
def group(rule: Rule) -> FailureGroup:
    stopped = [make_run(rule, states=("succeeded", "failed")) for _ in range(3)]
    return make_group(rule, runs=[*stopped, make_run(rule, states=("failed", "waiting"))])


def plan_in(html: str) -> str:
    found = re.search(r'name="plan" value="([^"]+)"', html)
    assert found is not None
    return found[1]


def shown(client: Client, *groups: FailureGroup) -> str:
    query = "&".join(f"g={group.code}" for group in groups)
    return html_of(client, f"/failures/replay/?{query}")


def test_the_plan_counts_runs_and_steps_kept_and_called(
    client: Client, group: FailureGroup
) -> None:
    html = shown(client, group)

    assert "Replay 4 runs" in html
    cell = r'</t[hd]><td class="num">(\d+)'
    rows = re.findall(rf'<th scope="row">(.*?){cell}{cell}', html)
    assert rows == [("1. Create an S3 folder", "3", "1"), ("2. Send an e-mail", "0", "4")]
    assert Run.objects.count() == 4


def test_the_numbers_of_the_plan_are_the_numbers_in_the_trail(
    client: Client, group: FailureGroup
) -> None:
    html = shown(client, group)

    response = client.post("/failures/replay/", {"plan": plan_in(html)}, follow=True)

    assert "4 runs replayed." in response.content.decode()
    entry = Entry.objects.get(verb="failures.replayed")
    assert (entry.object_id, entry.data["replayed"], entry.data["refused"]) == (group.code, 4, 0)
    assert Entry.objects.filter(verb="run.replayed").count() == 4
    assert Run.objects.failures().count() == 0


def test_only_the_runs_that_were_shown_are_replayed(
    client: Client, rule: Rule, group: FailureGroup
) -> None:
    plan = plan_in(shown(client, group))
    late = make_run(rule, states=("failed", "waiting"))
    Run.objects.filter(pk=late.pk).update(group=group)

    client.post("/failures/replay/", {"plan": plan})

    assert list(Run.objects.failures()) == [late]


def test_a_run_that_moved_on_is_refused_with_its_reason_and_the_others_go_on(
    client: Client, group: FailureGroup
) -> None:
    plan = plan_in(shown(client, group))
    moved = group.runs.earliest("pk")
    replays.replay(moved, actor=COMMAND)

    html = client.post("/failures/replay/", {"plan": plan}, follow=True).content.decode()

    assert "3 runs replayed." in html
    assert f"{moved.person_login}: not replayed." in html
    assert "It was replayed already." in html
    assert Entry.objects.get(verb="failures.replayed").data["refused"] == 1


def test_posting_a_plan_twice_replays_each_run_once(client: Client, group: FailureGroup) -> None:
    plan = plan_in(shown(client, group))

    client.post("/failures/replay/", {"plan": plan})
    client.post("/failures/replay/", {"plan": plan})

    assert Run.objects.filter(mode=Run.Mode.REPLAY).count() == 4


@pytest.mark.parametrize("damage", ["", "nonsense", "cut", "changed"])
def test_a_plan_that_was_not_shown_is_refused(
    client: Client, user: User, group: FailureGroup, damage: str
) -> None:
    plan = plan_in(shown(client, group))
    forged = signing.dumps({"user": user.code, "groups": {}}, key="another", salt="x")
    sent = {"cut": plan[:-3], "changed": forged}.get(damage, damage)

    html = client.post("/failures/replay/", {"plan": sent}, follow=True).content.decode()

    assert "This plan is not one that was shown. Nothing was replayed." in html
    assert Run.objects.count() == 4


def test_a_plan_shown_to_somebody_else_is_refused(client: Client, group: FailureGroup) -> None:
    plan = plan_in(shown(client_of(make_user(Role.ADMIN)), group))

    html = client.post("/failures/replay/", {"plan": plan}, follow=True).content.decode()

    assert "shown to somebody else" in html
    assert Run.objects.count() == 4


def test_runs_in_doubt_are_named_as_such(client: Client, rule: Rule) -> None:
    group = make_group(rule, runs=[make_run(rule, states=("succeeded", "unknown"))])

    assert "1 may have happened before, and would then happen twice" in shown(client, group)


def test_what_is_not_in_the_plan_is_said_with_its_reason(
    client: Client, group: FailureGroup
) -> None:
    replays.replay_group(group, actor=COMMAND)

    html = html_of(client, f"/failures/replay/?g={group.code}&g=000000000000&g=%00")

    assert "Nothing is open here any more: its runs were replayed already." in html
    assert "There is no cause called 000000000000." in html
    assert 'name="plan"' not in html


def test_one_plan_is_bounded_and_says_what_it_leaves(
    client: Client, group: FailureGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_plans, "MOST_RUNS", 3)

    html = shown(client, group)

    assert "Replay 3 runs" in html
    assert "1 more stay: one plan holds 3 runs." in html


def test_choosing_nothing_says_what_to_do(client: Client) -> None:
    assert "Choose at least one cause that has open runs." in html_of(client, "/failures/replay/")


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.APPROVER])
def test_others_are_refused_and_that_is_in_the_trail(
    client: Client, group: FailureGroup, role: Role
) -> None:
    plan = plan_in(shown(client, group))

    response = client_of(make_user(role)).post("/failures/replay/", {"plan": plan})

    assert response.status_code == 403
    assert Run.objects.count() == 4
    assert Entry.objects.get(verb="access.denied").object_id == "failure-replay"
