"""What a browser is told about the cookies of signing in (S14)."""

import json
import os
import subprocess
import sys

import pytest
from django.test import Client
from pytest_django import Settings

from tests.portal.accounts.support import PASSWORD, person
from tests.support.processes import ROOT
from tests.support.production import SETTINGS

NAMES = (
    "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_PATH", "SESSION_COOKIE_DOMAIN",
    "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE", "CSRF_COOKIE_HTTPONLY", "CSRF_COOKIE_SAMESITE",
)  # fmt: skip
_PRINT = f"""
import json
from django.conf import settings
print(json.dumps({{name: getattr(settings, name) for name in {NAMES}}}))
"""


def test_in_production_they_are_bound_to_the_host_and_to_https() -> None:
    environ = {**os.environ, **SETTINGS, "DJANGO_SETTINGS_MODULE": "portal.settings"}
    said = subprocess.run(
        [sys.executable, "-c", _PRINT], env=environ, cwd=ROOT, capture_output=True, check=True
    )
    found = json.loads(said.stdout)
    for kind in ("SESSION", "CSRF"):
        assert found[f"{kind}_COOKIE_NAME"].startswith("__Host-")
        assert found[f"{kind}_COOKIE_SECURE"] is True
        assert found[f"{kind}_COOKIE_HTTPONLY"] is True
        assert found[f"{kind}_COOKIE_SAMESITE"] == "Lax"
    assert (found["SESSION_COOKIE_PATH"], found["SESSION_COOKIE_DOMAIN"]) == ("/", None)


@pytest.mark.django_db
def test_every_cookie_that_signing_in_sets_says_so(settings: Settings) -> None:
    settings.HTTPS = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    person()
    client = Client()
    client.get("/sign-in/", secure=True)
    client.post("/sign-in/", {"username": "maya", "password": PASSWORD}, secure=True)
    assert {"session", "csrf", "__Host-known"} <= set(client.cookies)
    for cookie in client.cookies.values():
        assert cookie["secure"], cookie.key
        assert cookie["httponly"], cookie.key
        assert cookie["samesite"] == "Lax", cookie.key
        assert (cookie["path"], cookie["domain"]) == ("/", ""), cookie.key
