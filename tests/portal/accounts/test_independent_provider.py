"""Signing in against a provider that we did not write: npm's `oidc-provider`, where Node is."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests
from django.test import Client
from pytest_django import Settings

from portal.models import User
from tests.portal.accounts.okta_support import browser, own_part
from tests.portal.accounts.support import is_in

pytestmark = [pytest.mark.django_db, pytest.mark.processes]
SCRIPT = Path(__file__).with_name("independent_provider.mjs")
PACKAGE = "oidc-provider@9.13.3"
CALLBACK = "http://localhost:8000/"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node and npm are not installed")
    folder = tmp_path_factory.mktemp("provider")
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=45)
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"npm could not install {PACKAGE}: {type(error).__name__}")
    shutil.copy(SCRIPT, folder / SCRIPT.name)
    child = subprocess.Popen(
        [node, SCRIPT.name],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdout is not None
    try:
        yield next((line.split()[1] for line in child.stdout if line.startswith("issuer")), "")
    finally:
        child.kill()
        child.wait()


@pytest.fixture
def portal(issuer: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("SIGN_IN_SECRET", "secret-of-the-tests-that-is-long-enough")
    settings.OIDC_ISSUER, settings.OKTA_ALLOW_HTTP = issuer, True
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = "sluice", "env:SIGN_IN_SECRET"
    settings.OIDC_GROUP_ROLES = "sluice-approvers:approver"
    return browser()


def sign_in_there(address: str, login: str) -> str:
    """Follow the provider's pages: name, then consent; the address it leads back to."""
    session = requests.Session()
    answer = session.get(address, timeout=10, allow_redirects=False)
    for _ in range(20):
        location = answer.headers.get("Location", "")
        if location.startswith(CALLBACK):
            return location
        if location:
            target = urljoin(answer.url, location)
            answer = session.get(target, timeout=10, allow_redirects=False)
            continue
        action = re.search(r'<form[^>]* action="([^"]+)"', answer.text)
        prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
        assert action, answer.text
        assert prompt, answer.text
        sent = {"prompt": prompt[1], "login": login, "password": "any"}
        answer = session.post(action[1], sent, timeout=10, allow_redirects=False)
    raise AssertionError("the provider does not come to an end")


def test_one_signs_in_and_gets_the_roles_of_the_claim(portal: Client) -> None:
    begun = portal.post("/sign-in/okta/", {"next": "/rules/"})
    assert begun.status_code == 302, begun.content
    answer = portal.get(own_part(sign_in_there(begun["Location"], "ines")))
    assert (answer.status_code, answer["Location"]) == (302, "/rules/")
    user = User.objects.get()
    assert (user.okta_id, user.email) == ("ines", "ines@acme.example")
    assert [group.name for group in user.groups.all()] == ["approver"]
    assert is_in(portal)


def test_without_a_group_there_is_no_access(portal: Client) -> None:
    begun = portal.post("/sign-in/okta/")
    answer = portal.get(own_part(sign_in_there(begun["Location"], "nobody")))
    assert answer.status_code == 403
    assert not User.objects.exists()
