"""The page of a backtest: begun by a person, watched while it runs, read when it is finished."""

import pytest
from django.test import Client

from portal.roles import Role
from provisioning.clocks import database_now
from provisioning.rules import backtests
from provisioning.rules.models import Backtest, Draft
from tests.support.factories import (
    COMMAND,
    client_of,
    make_event,
    make_person,
    make_profile,
    make_rule,
    make_user,
)
from tests.support.list_checks import html_of

pytestmark = pytest.mark.django_db
URL = "/rules/joiner/draft/backtest/"


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR, "maya"))


@pytest.fixture
def draft(client: Client) -> Draft:
    make_rule("joiner")
    event = make_event(make_person("jane@acme.example"), received_at=database_now())
    make_profile(event)
    client.post("/rules/joiner/draft/start/")
    draft = Draft.objects.get()
    source = draft.source.replace("value: Marketing", "value: Sales")
    client.post("/rules/joiner/draft/", {"source": source, "seen": draft.seen, "save": "1"})
    return Draft.objects.get()


def test_it_is_begun_watched_and_read(client: Client, draft: Draft) -> None:
    assert not Backtest.objects.exists()
    html = client.post(URL, {"days": "7"}, follow=True).content.decode()
    assert "Waiting" in html
    assert 'hx-trigger="every 2s"' in html
    backtests.work_due(actor=COMMAND)
    html = html_of(client, URL)
    assert "Finished" in html
    assert "every 2s" not in html
    assert "Department is Sales: not so, it is Marketing" in html
    assert "1 no longer" in html_of(client, "/rules/joiner/draft/")


def test_a_poll_gets_the_part_alone(client: Client, draft: Draft) -> None:
    client.post(URL, {"days": "7"})
    html = client.get(URL, headers={"HX-Request": "true"}).content.decode()
    assert html.strip().startswith('<div id="backtest"')
    assert "<html" not in html


def test_it_is_stopped(client: Client, draft: Draft) -> None:
    client.post(URL, {"days": "7"})
    client.post(f"{URL}cancel/")
    assert Backtest.objects.get().state == "cancelled"
    assert "No backtest is running." in client.post(f"{URL}cancel/", follow=True).content.decode()


def test_one_of_other_words_says_so(client: Client, draft: Draft) -> None:
    client.post(URL, {"days": "7"})
    backtests.work_due(actor=COMMAND)
    source = draft.source.replace("value: Sales", "value: Finance")
    client.post("/rules/joiner/draft/", {"source": source, "seen": draft.seen, "save": "1"})
    assert "The draft has changed since" in html_of(client, URL)


@pytest.mark.parametrize("days", ["", "x", "4000"])
def test_a_window_that_is_none_begins_nothing(client: Client, draft: Draft, days: str) -> None:
    client.post(URL, {"days": days})
    assert not Backtest.objects.exists()


def test_others_read_and_begin_nothing(client: Client, draft: Draft) -> None:
    other = client_of(make_user(Role.AUDITOR))
    assert html_of(other, URL)
    assert other.post(URL, {"days": "7"}).status_code == 403
    assert other.post(f"{URL}cancel/").status_code == 403
