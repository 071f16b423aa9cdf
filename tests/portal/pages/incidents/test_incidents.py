"""Targets that are out: named on three pages, and probed by a person who may."""

from datetime import timedelta

import pytest
from django.test import Client

from portal.roles import Role
from provisioning.runs.models import Run
from provisioning.runs.troubles import Incident
from tests.support.factories import NOW, client_of, make_event, make_rule, make_user
from tests.support.list_checks import html_of, queries_of
from tests.support.run_factories import make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR))


def incident(target: str = "aws.s3", **values: object) -> Incident:
    defaults: dict[str, object] = {
        "cause": "SlowDown", "opened_at": NOW, "probe_due_at": NOW + timedelta(minutes=5),
    }  # fmt: skip
    return Incident.objects.create(target=target, **{**defaults, **values})


def test_where_every_target_answers_the_page_says_so(client: Client) -> None:
    assert "Every target answers." in html_of(client, "/incidents/")


def test_an_outage_is_named_with_what_waits_and_the_next_probe(client: Client) -> None:
    one = incident()
    rule = make_rule()
    for _ in range(3):
        make_run(rule, states=("retrying", "waiting"), parked=True, incident=one)
    html = html_of(client, "/incidents/")
    assert "aws.s3 is out" in html
    assert "3 runs wait." in html
    assert "SlowDown" in html
    assert "2026-11-20 10:07" in html
    make_event()
    for path in ("/", "/failures/"):
        assert "aws.s3 is out" in html_of(client, path)
    run = Run.objects.all()[0]
    assert "Waits for aws.s3" in html_of(client, f"/runs/{run.code}/")


def test_earlier_ones_stay_in_the_list(client: Client) -> None:
    incident(state="closed", closed_at=NOW + timedelta(hours=1), released=40)
    html = html_of(client, "/incidents/")
    assert "Recovered" in html
    assert ">40<" in html


def test_the_number_of_queries_does_not_grow(client: Client) -> None:
    incident("aws.s3")
    few = queries_of(client, "/incidents/")
    for target in ("slack", "smtp", "aws.lambda"):
        incident(target)
    assert len(queries_of(client, "/incidents/")) == len(few)


def test_an_operator_has_it_probed_now_and_an_auditor_cannot(client: Client) -> None:
    one = incident()
    assert client.get(f"/incidents/{one.code}/probe/").status_code in (403, 405)
    auditor = client_of(make_user(Role.AUDITOR))
    assert auditor.post(f"/incidents/{one.code}/probe/").status_code == 403
    assert "Probe now" not in html_of(auditor, "/incidents/")
    one.refresh_from_db()
    assert one.probe_due_at == NOW + timedelta(minutes=5)
    html = client.post(f"/incidents/{one.code}/probe/", follow=True).content.decode()
    assert "one that waits tests it now" in html
    one.refresh_from_db()
    assert one.probe_due_at != NOW + timedelta(minutes=5)
    Incident.objects.update(state="draining")
    html = client.post(f"/incidents/{one.code}/probe/", follow=True).content.decode()
    assert "not waiting for a probe any more" in html
    assert client.post("/incidents/ZZZZZZZZZZZZ/probe/").status_code == 404
