"""What settings make of the command that reads them, and what of it goes into the log."""

import json
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import Settings

from portal.management.commands import web

_TOLD = """
import json, sys
sys.argv = {argv}
from portal import settings
print(json.dumps([settings.STORAGES["staticfiles"]["BACKEND"], settings.WHITENOISE_USE_FINDERS]))
"""


def storage_of(*argv: str) -> list[object]:
    """The storage of static files in a process that was called so, where none are collected."""
    run = [sys.executable, "-c", _TOLD.format(argv=["manage.py", *argv])]
    said = subprocess.run(run, cwd=settings.BASE_DIR, check=True, capture_output=True).stdout
    found: list[object] = json.loads(said)
    return found


def test_files_are_collected_under_names_with_a_hash() -> None:
    """The image collects them in a folder in which none are yet."""
    hashed = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    assert storage_of("collectstatic", "--noinput") == [hashed, False]
    assert (
        storage_of("web") != [hashed, False]
        or (settings.STATIC_ROOT / "staticfiles.json").is_file()
    )


@pytest.mark.django_db
def test_a_call_by_another_name_is_one_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """S49. Scanners and probes make many of them."""
    answer = Client().get("/healthz", headers={"host": "evil.example"})
    assert answer.status_code == 400
    [record] = [one for one in caplog.records if one.name == "django.security.DisallowedHost"]
    assert record.exc_info is None
    assert "evil.example" in record.getMessage()


@pytest.mark.parametrize(
    ("hosts", "name"),
    [
        (["sluice.example.com", "x"], "sluice.example.com"),
        ([".example.com"], "example.com"),
        (["*"], "localhost"),
        ([], "localhost"),
    ],
)
def test_web_asks_itself_under_a_name_that_it_answers_to(
    settings: Settings, hosts: list[str], name: str
) -> None:
    settings.ALLOWED_HOSTS = hosts
    assert web._own_name() == name
