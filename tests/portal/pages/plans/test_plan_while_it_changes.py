"""The page of a plan asks the same at any size, follows what workers do, and polls for nothing."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from provisioning.plans.models import Plan, PlanItem
from tests.portal.pages.plans.support import FORM, confirm, planned
from tests.support.actions import Shelf
from tests.support.list_checks import html_of, queries_of
from tests.support.plans import computed, one_slice, plan_of, stopped

#: The session, the account with its roles, and what says that both were used.
SESSION_QUERIES = 3


def test_a_poll_that_would_show_the_same_is_not_answered_and_asks_once(
    client: Client, shelf: Shelf
) -> None:
    stopped(shelf, 2)
    plan = planned(client)
    path = f"/plans/{plan.code}/"
    first = client.get(path, headers={"HX-Request": "true"})
    assert b"plan-poll" in first.content
    assert b"<html" not in first.content
    again = {"HX-Request": "true", "HX-PTag": first.headers["HX-PTag"]}
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path, headers=again).status_code == 304
    assert sum("provisioning_plan" in query["sql"] for query in queries) == 1
    assert len(queries) <= SESSION_QUERIES + 1
    plan.items.filter(position=1).update(klass="conflict")
    assert client.get(path, headers=again).status_code == 200


def test_the_page_asks_the_same_of_ten_items_and_of_a_thousand(
    client: Client, shelf: Shelf, settings: Settings
) -> None:
    settings.PLAN_NEEDS_APPROVAL_ABOVE = 5
    stopped(shelf, 1)
    plan = computed(plan_of())
    path = f"/plans/{plan.code}/"
    asked = []
    for so_far, wanted in ((1, 10), (10, 1_000)):
        plan.items.bulk_create(
            PlanItem(plan=plan, position=n, key=f"k{n}", klass="would_act", person_login=f"p{n}")
            for n in range(so_far + 1, wanted + 1)
        )
        Plan.objects.update(item_count=wanted)
        html_of(client, path)
        asked.append(len(queries_of(client, path)))
        assert f"{wanted:,} run" in html_of(client, path)
    assert asked[0] == asked[1] < 14


def test_while_workers_make_a_large_plan_its_page_says_how_far_they_are(
    client: Client, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provisioning.plans.selecting.MOST_AT_ONCE", 2)
    monkeypatch.setattr("provisioning.plans.filling.SLICE", 2)
    stopped(shelf, 3)
    plan = one_slice(planned(client))
    html = html_of(client, f"/plans/{plan.code}/")
    assert "2 of 3 are there" in html
    assert "plan-poll" in html
    assert "confirm-form" not in html
    html = html_of(client, f"/plans/{computed(plan).code}/")
    assert "<h1>Replay 3 runs</h1>" in html


def test_while_workers_classify_it_anew_its_page_says_how_far_they_are(
    client: Client, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped(shelf, 3)
    plan = computed(planned(client))
    path, polled = f"/plans/{plan.code}/", {"HX-Request": "true"}
    monkeypatch.setattr("provisioning.plans.selecting.MOST_AT_ONCE", 2)
    monkeypatch.setattr("provisioning.plans.classifying.SLICE", 2)
    said = confirm(client, plan, start="start")
    assert "Nothing was run yet: workers classify every item for this choice." in said
    tag = client.get(path, headers=polled).headers["HX-PTag"]
    again = polled | {"HX-PTag": tag}
    assert client.get(path, headers=again).status_code == 304
    plan = one_slice(plan)
    assert client.get(path, headers=again).status_code == 200, "although no class has changed"
    html = html_of(client, path)
    assert "2 of 3 done" in html
    assert "plan-poll" in html
    assert "Cancel the plan" in html
    for not_yet in ("confirm-form", "klass=would_act", "The first of them"):
        assert not_yet not in html
    assert (
        "Nothing was run. The plan is being classified by now."
        in client.post(
            f"{path}confirm/", {**FORM, "checksum": plan.checksum}, follow=True
        ).content.decode()
    )
    html = html_of(client, f"/plans/{computed(plan).code}/")
    assert "<h1>Replay 3 runs</h1>" in html


def test_items_are_paged_in_their_order_there_and_back(client: Client, shelf: Shelf) -> None:
    stopped(shelf, 1)
    plan = computed(plan_of())
    plan.items.bulk_create(
        PlanItem(plan=plan, position=n, key=f"k{n}", klass="would_act") for n in range(2, 121)
    )
    url, seen = f"/plans/{plan.code}/?klass=would_act", []
    while url:
        page = client.get(url).context["page"]
        seen.append([item.position for item in page.rows])
        url = page.older_url
    assert seen == [[*range(1, 51)], [*range(51, 101)], [*range(101, 121)]]
    back = client.get(client.get(page.newer_url).context["page"].newer_url).context["page"]
    assert [item.position for item in back.rows] == seen[0]
