"""A product that is set up wrongly says so before it does harm."""

import logging

import psycopg
import pytest
from django.core import checks
from django.db import connections
from pytest_django import Settings

from portal.checks import check_production, check_settings, warn_of_power
from portal.roles import Role
from provisioning.group_roles import ROLES
from tests.conftest import LiveDatabase


def ids(found: list[checks.CheckMessage]) -> set[str | None]:
    return {message.id for message in found}


@pytest.mark.django_db
def test_the_applications_role_has_no_power_over_the_trail() -> None:
    assert not warn_of_power()


def test_the_owner_and_a_superuser_are_warned_of(
    live_db: LiveDatabase,
    superuser_connection: psycopg.Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mine, owners = connections["default"], connections["owner"]
    connections["default"] = owners
    try:
        with caplog.at_level(logging.WARNING):
            assert warn_of_power()
    finally:
        connections["default"] = mine
        owners.close()
    assert "the owner of the audit tables" in caplog.text


def test_a_secret_without_label_is_an_error(settings: Settings) -> None:
    settings.OKTA_HOOK_SECRETS = ":a-secret-that-is-long-enough"
    assert ids(check_settings(None)) == {"portal.E001"}


def test_a_short_secret_is_warned_of_without_showing_it(settings: Settings) -> None:
    settings.OKTA_HOOK_SECRETS = "main:short"
    found = check_settings(None)
    assert ids(found) == {"portal.W001"}
    assert "short" not in str(found[0].msg).replace("shorter", "")


def test_okta_over_plain_http_is_an_error(settings: Settings) -> None:
    settings.OKTA_ORG_URL = "http://acme.okta.example"
    assert "portal.E008" in ids(check_settings(None))
    settings.OKTA_ALLOW_HTTP = True
    assert "portal.E008" not in ids(check_settings(None))


def test_production_needs_its_settings(settings: Settings) -> None:
    settings.SECRET_KEY_IS_SET = False
    settings.HTTPS = False
    settings.OKTA_HOOK_SECRETS = ""
    settings.FAILPOINTS_ALLOWED = True
    assert {"portal.E002", "portal.E003", "portal.E004", "portal.E005"} <= ids(
        check_production(None)
    )


def test_a_sign_in_app_needs_a_reference_and_roles_for_groups(settings: Settings) -> None:
    settings.OIDC_CLIENT_ID = "0oa1"
    settings.OIDC_CLIENT_SECRET, settings.OIDC_GROUP_ROLES = "the secret itself", ""
    assert {"portal.E009", "portal.W002"} <= ids(check_settings(None))
    settings.OIDC_CLIENT_SECRET = "env:SIGN_IN_SECRET"
    settings.OIDC_GROUP_ROLES = "sluice-admins:admin, team: a:operator"
    assert not {"portal.E009", "portal.E010", "portal.W002"} & ids(check_settings(None))


@pytest.mark.parametrize("mapping", ["sluice:emperor", "sluice", ":admin", "a:admin,a:operator"])
def test_a_mapping_of_groups_that_cannot_be_read_is_an_error(
    settings: Settings, mapping: str
) -> None:
    settings.OIDC_CLIENT_ID, settings.OIDC_GROUP_ROLES = "0oa1", mapping
    found = [one for one in check_settings(None) if one.id == "portal.E010"]
    assert mapping.rpartition(",")[2] in found[0].msg


def test_the_roles_of_the_mapping_are_those_there_are() -> None:
    assert set(ROLES) == {role.value for role in Role}


@pytest.mark.parametrize(("count", "warned"), [(0, True), (1, False)])
def test_a_proxy_that_nobody_counts_is_warned_of(
    settings: Settings, count: int, warned: bool
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.TRUSTED_PROXY_COUNT = count
    assert ("portal.W003" in ids(check_production(None))) is warned
    settings.SECURE_PROXY_SSL_HEADER = None
    assert "portal.W003" not in ids(check_production(None))
