"""Polling a run: what has not changed answers 304 after one query, and changes come at once."""

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.roles import Role
from provisioning.runs.models import Run, Step
from tests.support.factories import client_of, make_rule, make_user
from tests.support.list_checks import html_of
from tests.support.run_factories import make_run

pytestmark = pytest.mark.django_db
#: Who asks: the session, the account and its roles are read for every request.
_OF_THE_SESSION = ("django_session", "portal_user", "auth_group")


@pytest.fixture
def run() -> Run:
    return make_run(make_rule(), states=("running", "waiting"))


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR))


def poll(client: Client, run: Run, tag: str = "") -> HttpResponse:
    headers = {"HX-Request": "true", "HX-PTag": tag}
    response: HttpResponse = client.get(f"/runs/{run.code}/", headers=headers)  # type: ignore[assignment]  # the test client's own subclass
    return response


def test_a_run_that_goes_on_polls_and_a_finished_one_does_not(client: Client, run: Run) -> None:
    assert 'hx-trigger="every 3s"' in html_of(client, f"/runs/{run.code}/")

    done = make_run(run.rule)

    assert "every 3s" not in html_of(client, f"/runs/{done.code}/")


def test_an_unchanged_poll_is_304_with_one_query_and_no_body(client: Client, run: Run) -> None:
    tag = client.get(f"/runs/{run.code}/").headers["HX-PTag"]

    with CaptureQueriesContext(connection) as caught:
        response = poll(client, run, tag)

    asked = [q["sql"] for q in caught.captured_queries]
    assert response.status_code == 304
    assert response.content == b""
    assert len([sql for sql in asked if not any(t in sql for t in _OF_THE_SESSION)]) == 1


@pytest.mark.parametrize("change", ["step", "run", "superseded"])
def test_a_change_gives_the_inside_of_the_page_and_a_new_tag(
    client: Client, run: Run, change: str
) -> None:
    tag = poll(client, run).headers["HX-PTag"]
    if change == "step":
        Step.objects.filter(run=run, position=1).update(attempts=2)
    elif change == "run":
        Run.objects.filter(pk=run.pk).update(state=Run.State.SUCCEEDED)
    else:
        Run.objects.filter(pk=run.pk).update(superseded=True)

    response = poll(client, run, tag)

    assert response.status_code == 200
    assert response.headers["HX-PTag"] != tag
    assert b"<html" not in response.content
    assert b'id="run-body"' in response.content


def test_a_poll_is_answered_the_same_way_to_if_none_match(client: Client, run: Run) -> None:
    etag = poll(client, run).headers["ETag"]

    response = client.get(
        f"/runs/{run.code}/", headers={"HX-Request": "true", "If-None-Match": etag}
    )

    assert response.status_code == 304


def test_the_tag_of_one_person_says_nothing_to_another(client: Client, run: Run) -> None:
    tag = poll(client, run).headers["HX-PTag"]

    assert poll(client_of(make_user(Role.AUDITOR)), run, tag).status_code == 200


def test_page_and_fragment_are_told_apart_by_caches(client: Client, run: Run) -> None:
    response = client.get(f"/runs/{run.code}/")

    assert "HX-Request" in response.headers["Vary"]
    assert "no-store" in response.headers["Cache-Control"]
