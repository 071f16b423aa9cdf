"""While the database is away Okta is asked to come again, quickly; nothing is said to be stored."""

import time

import psycopg
from django.db import connections
from pytest_django import Settings

from provisioning.events.models import Event
from provisioning.webhooks import Endpoint
from tests.conftest import LiveDatabase
from tests.support.hooks import SECRET, Hook, event


def test_a_call_is_503_within_two_seconds_and_stored_when_it_comes_again(
    live_db: LiveDatabase, settings: Settings
) -> None:
    settings.OKTA_HOOK_SECRETS = f"main:{SECRET}"
    hook = Hook(Endpoint())
    sent = event()
    before = connections["default"].settings_dict["PORT"]
    connections["default"].settings_dict["PORT"] = "1"
    started = time.monotonic()
    assert hook.post(sent).status == 503
    assert time.monotonic() - started < 3  # Okta waits no longer
    connections["default"].settings_dict["PORT"] = before
    assert hook.post(sent).status == 204
    assert Event.objects.count() == 1


def test_a_refusal_keeps_its_status_while_the_database_is_away(hook: Hook) -> None:
    before = connections["default"].settings_dict["PORT"]
    connections["default"].settings_dict["PORT"] = "1"
    assert hook.post(event(), HTTP_AUTHORIZATION="wrong").status == 401
    connections["default"].settings_dict["PORT"] = before


def test_a_connection_that_was_cut_is_made_anew(
    hook: Hook, superuser_connection: psycopg.Connection
) -> None:
    assert hook.post(event()).status == 204
    superuser_connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'sluice-hook' AND datname = current_database()"
    )
    assert hook.post(event()).status == 204
    assert Event.objects.count() == 2
