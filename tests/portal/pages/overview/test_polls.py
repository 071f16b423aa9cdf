"""Refreshing: only the inside is sent, and nothing where nothing changed."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit import trail
from audit.trail import Object
from portal.roles import Role
from provisioning.events.models import RefusalCount
from provisioning.processes import Process
from tests.portal.pages.overview.support import busy, look, viewer
from tests.support.factories import COMMAND, NOW

#: Asked for every page by the middleware: the session, the account, its roles.
WHO_ASKS = ("django_session", "portal_user", "auth_group")


def poll(client: Client, tag: str, query: str = "?range=24h") -> Any:
    return client.get(f"/{query}", headers={"HX-Request": "true", "HX-PTag": tag})


def tag_of(client: Client) -> str:
    return str(look(client, "?range=24h")["HX-PTag"])


@pytest.mark.django_db
def test_a_poll_without_news_is_answered_by_one_query_and_no_body() -> None:
    busy()
    client = viewer()
    tag = tag_of(client)
    with CaptureQueriesContext(connection) as captured:
        response = poll(client, tag)
    assert response.status_code == 304
    assert response.content == b""
    own = [q["sql"] for q in captured if not any(name in q["sql"] for name in WHO_ASKS)]
    assert len(own) == 1
    assert len(captured) <= 4


@pytest.mark.django_db
def test_a_poll_with_news_sends_the_inside_only() -> None:
    busy()
    client = viewer()
    tag = tag_of(client)
    trail.record("run.succeeded", actor=COMMAND, obj=Object("run", "R1"))
    response = poll(client, tag)
    assert response.status_code == 200
    assert response["HX-PTag"] != tag
    html = response.content.decode()
    assert html.strip().startswith('<div class="stack" id="overview"')
    assert f'hx-ptag="{response["HX-PTag"]}"' in html
    assert "<html" not in html
    assert "HX-Request" in response["Vary"]


@pytest.mark.django_db
def test_what_writes_no_entry_is_noticed_too() -> None:
    busy()
    client = viewer()
    tag = tag_of(client)
    RefusalCount.objects.filter(reason="not_json").update(count=500)
    RefusalCount.objects.create(hour=NOW.replace(minute=0), reason="not_json", count=1)
    assert poll(client, tag).status_code == 200
    tag = tag_of(client)
    Process.objects.filter(kind="worker").delete()
    assert poll(client, tag).status_code == 200


@pytest.mark.django_db
def test_another_range_role_or_minute_is_another_page() -> None:
    busy()
    client = viewer()
    tag = tag_of(client)
    assert poll(client, tag, "?range=7d").status_code == 200
    assert poll(viewer(Role.OPERATOR), tag).status_code == 200
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        assert poll(client, tag).status_code == 200


@pytest.mark.django_db
def test_a_browser_that_reloads_gets_the_whole_page() -> None:
    busy()
    client = viewer()
    response = client.get("/", headers={"HX-PTag": tag_of(client)})
    assert response.status_code == 200
    assert "<html" in response.content.decode()
