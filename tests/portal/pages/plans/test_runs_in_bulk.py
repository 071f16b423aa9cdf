"""From the list of runs to a plan: those chosen, or all that match, as they were counted."""

import re

import pytest
from django.test import Client

from portal.roles import Role
from provisioning.plans.models import Plan
from provisioning.rules.models import Rule
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


def action_of(html: str) -> str:
    found = re.search(r'action="(/runs/replay/[^"]*)"', html)
    assert found is not None
    return found[1].replace("&amp;", "&")


def test_all_that_match_are_planned_and_nothing_else(client: Client, rule: Rule) -> None:
    failed = [make_run(rule, states=("succeeded", "failed")) for _ in range(3)]
    make_run(rule)
    html = html_of(client, "/runs/?state=failed")
    assert "Replay all 3 that match" in html
    client.post(action_of(html), {"which": "all"})
    plan = Plan.objects.get()
    assert sorted(plan.items.values_list("run__code", flat=True)) == sorted(r.code for r in failed)
    assert plan.source["filter"] == [["state", "failed"]]
    make_run(rule, states=("succeeded", "failed"))
    assert plan.items.count() == 3


def test_the_chosen_rows_are_planned(client: Client, rule: Rule) -> None:
    runs = [make_run(rule, states=("succeeded", "failed")) for _ in range(3)]
    html = html_of(client, "/runs/")
    assert html.count('type="checkbox" name="run"') == 3
    client.post("/runs/replay/", {"run": [runs[0].code, runs[2].code]})
    codes = Plan.objects.get().items.order_by("position").values_list("key", flat=True)
    assert sorted(codes) == sorted([runs[0].code, runs[2].code])


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        ("/runs/replay/", {}, "Choose at least one run."),
        ("/runs/replay/", {"run": ["ZZZZZZZZZZZZ"]}, "No run matches any more"),
        ("/runs/replay/?state=faild", {"which": "all"}, "The filter cannot be read."),
        ("/runs/replay/?q=zzz", {"which": "all"}, "No run matches any more"),
        ("/failures/replay/", {}, "Choose at least one cause"),
        ("/failures/replay/", {"g": ["ZZZZZZZZZZZZ"]}, "Choose at least one cause"),
    ],
)
def test_nothing_to_plan_is_said_in_a_sentence(
    client: Client, path: str, data: dict[str, object], said: str
) -> None:
    assert said in client.post(path, data, follow=True).content.decode()
    assert not Plan.objects.exists()


def test_who_may_not_replay_sees_no_boxes(rule: Rule) -> None:
    make_run(rule, states=("succeeded", "failed"))
    html = html_of(client_of(make_user(Role.AUDITOR)), "/runs/")
    assert 'name="run"' not in html
    assert "Replay all" not in html
