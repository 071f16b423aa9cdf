"""The search in the items of a plan: by person or run, and by an index at any size."""

import json
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.roles import Role
from provisioning.events.models import Person
from provisioning.plans.models import Plan, PlanItem
from tests.conftest import LiveDatabase
from tests.support.factories import NOW, client_of, make_person, make_rule, make_user
from tests.support.run_factories import make_run

MANY = 3_000


@pytest.fixture
def client(db: None) -> Client:
    return client_of(make_user(Role.AUDITOR))


def plan_about(people: Sequence[Person], keys: Sequence[str] = ()) -> Plan:
    plan = Plan.objects.create(
        kind="bulk_replay", title="T", state="paused", checksum="", item_count=len(people),
        requester="M", requester_identity="m", created_at=NOW,
    )  # fmt: skip
    PlanItem.objects.bulk_create(
        PlanItem(
            plan=plan, position=n, key=keys[n - 1] if keys else f"KEY{n:09}", klass="would_act",
            person_id=person.okta_id, person_login=person.login,
        )
        for n, person in enumerate(people, start=1)
    )  # fmt: skip
    return plan


def found(client: Client, plan: Plan, text: str) -> list[int]:
    """The positions of the items that the search shows."""
    page = client.get(f"/plans/{plan.code}/", {"q": text}).context["page"]
    rows = [item.position for item in page.rows]
    assert page.count.number == len(rows)
    return rows


@pytest.fixture
def people(db: None) -> list[Person]:
    return [
        make_person(login="maya.lindqvist@acme.example", name="Maya Lindqvist"),
        make_person(login="tomas.berg@acme.example", name="Lindqvist Tomas"),
        make_person(login="Ida.100%@acme.example", name="Ida Maya"),
    ]


@pytest.mark.parametrize(
    ("text", "positions"),
    [
        ("maya.lindqvist@acme.example", [1]),
        ("MAYA", [1]),
        ("lindqvist", [2]),
        ("Maya Lind", [1]),
        ("ida.100%", [3]),
        ("%", []),
        ("zzz", []),
        ("KEY000000002", [2]),
        ("key000000002", [2]),
    ],
)
def test_it_finds_people_by_the_beginning_and_runs_by_their_code(
    client: Client, people: list[Person], text: str, positions: list[int]
) -> None:
    assert found(client, plan_about(people), text) == positions


def test_it_finds_a_person_by_the_whole_id(client: Client, people: list[Person]) -> None:
    plan = plan_about(people)
    assert found(client, plan, people[1].okta_id) == [2]
    assert found(client, plan, people[1].okta_id[:-1]) == []


def test_it_finds_the_steps_of_an_undo_by_the_code_of_their_run(
    client: Client, people: list[Person]
) -> None:
    run = make_run(make_rule("joiner"), states=("succeeded", "succeeded"))
    keys = [f"{run.code}.{key}" for key in run.steps.values_list("key", flat=True)]
    plan = plan_about(people, [*keys, "another.step"])
    assert found(client, plan, run.code.lower()) == [1, 2]
    assert found(client, plan, keys[1]) == [2]


def test_it_finds_nothing_of_another_plan(client: Client, people: list[Person]) -> None:
    plan_about(people)
    assert found(client, plan_about(people[:1]), "tomas") == []


def test_it_reads_no_item_that_it_does_not_show(
    live_db: LiveDatabase, owner_connection: psycopg.Connection
) -> None:
    """Of 3,000 items each query of a search touches a handful, once the table was analyzed."""
    everybody = [
        Person(
            okta_id=f"00u{n:017}", login=f"person.{n}@acme.example", name=f"Person {n} Berg",
            first_seen_at=NOW, last_event_at=NOW,
        )
        for n in range(1, MANY + 1)
    ]  # fmt: skip
    plan = plan_about(Person.objects.bulk_create(everybody))
    owner_connection.execute("ANALYZE provisioning_planitem, provisioning_person")
    owner_connection.commit()
    client = client_of(make_user(Role.AUDITOR))
    for text in ("person.2999@", "KEY000002999", "Person 2999"):
        with CaptureQueriesContext(connection) as queries:
            assert found(client, plan, text) == [2_999]
        searching = [one["sql"] for one in queries if "UPPER" in one["sql"]]
        assert len(searching) == 2, "the rows, and how many there are"
        for sql in searching:
            assert _read(explained(sql)) < 20


def explained(sql: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        (told,) = cursor.fetchone()
    found: list[dict[str, Any]] = told if isinstance(told, list) else json.loads(told)
    return found


def _read(told: list[dict[str, Any]]) -> int:
    """How many rows of items or people a query read, kept or not."""
    rows, nodes = 0, [one["Plan"] for one in told]
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if node.get("Relation Name") in ("provisioning_planitem", "provisioning_person"):
            removed = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
            each = sum(int(node.get(name, 0)) for name in ("Actual Rows", *removed))
            rows += each * int(node["Actual Loops"])
    return rows
